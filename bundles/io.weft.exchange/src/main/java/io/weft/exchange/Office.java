package io.weft.exchange;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Answers, within its own process, what admins ask of a server from elsewhere. */
@ProviderType
public interface Office {

    /**
     * Answers whoever has this machine.
     *
     * @throws io.weft.api.plugin.Refusal when it is refused
     */
    Message answer(Message.Desk request, Cancellation cancellation) throws IOException, InterruptedException;
}
