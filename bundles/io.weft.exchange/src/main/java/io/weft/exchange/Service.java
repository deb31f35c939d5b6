package io.weft.exchange;

import io.weft.api.tensor.TensorReader;
import java.io.IOException;

/** What one end of a link does for the other. Methods are called by the link's own threads. */
public interface Service {

    /**
     * Answers a request.
     *
     * @throws io.weft.api.plugin.Refusal when it is refused; the other end sees the message
     * @throws java.util.concurrent.CancellationException when it was cancelled
     */
    Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException;

    /** Opens what the other end may pull under that name; the link closes it. */
    TensorReader open(String resource) throws IOException;

    /** Takes a message that wants no answer; returns soon. */
    void notice(Message notice);

    /** What the other end may read of a text about what went wrong here; all of it, unless something in it is nobody else's. */
    default String outgoing(String text) {
        return text;
    }

    /** Is told, once, that the link is closed or broken. */
    void closed();
}
