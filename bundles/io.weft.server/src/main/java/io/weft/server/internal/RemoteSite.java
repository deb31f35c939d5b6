package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.LinkClosed;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import java.io.IOException;

/** A connected site, as the server asks it. What it refuses or fails at names it. */
public final class RemoteSite {

    private final String name;
    private final Link link;

    public RemoteSite(String name, Link link) {
        this.name = name;
        this.link = link;
    }

    public String name() {
        return name;
    }

    <A extends Message> A ask(Message request, Class<A> answer, Cancellation cancellation)
            throws IOException, InterruptedException {
        return ask(request, answer, Wanted.until(cancellation));
    }

    <A extends Message> A ask(Message request, Class<A> answer, Wanted wanted)
            throws IOException, InterruptedException {
        try {
            return link.ask(request, answer, wanted.waiting(), wanted.use());
        } catch (Refusal e) {
            throw new Refusal("site '" + name + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    Message.Pulled pull(Transfer transfer, Cancellation cancellation) throws IOException, InterruptedException {
        try {
            return link.pull(transfer, cancellation);
        } catch (Refusal e) {
            throw new Refusal("site '" + name + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IOException failed(IOException e) {
        String why = e instanceof LinkClosed ? "it is gone (its link was closed)" : e.getMessage();
        return new IOException("site '" + name + "': " + why, e);
    }

    void close() {
        link.close();
    }
}
