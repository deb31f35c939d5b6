package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.LinkClosed;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import io.weft.tensor.DiskFull;
import java.io.IOException;
import java.util.Optional;

/**
 * A site as one job of the server asks it, over the link on which the site got ready for the job. What it refuses or fails at names
 * it.
 */
public final class RemoteSite {

    private final String name;
    private final SiteRegistry registry;
    private volatile Optional<Link> link;

    RemoteSite(String name, SiteRegistry registry, Optional<Link> link) {
        this.name = name;
        this.registry = registry;
        this.link = link;
    }

    public String name() {
        return name;
    }

    /** Whether it is worth waiting for a site that is gone. */
    boolean mayReturn() {
        return registry.sitesReturn();
    }

    /** Whether there is a link on which it can be asked now. */
    boolean isThere() {
        return link.filter(Link::isOpen).isPresent() || registry.link(name).isPresent();
    }

    /** Waits until there is a link, and asks over that from now on: the site must get ready anew. */
    void meet(Cancellation cancellation) throws InterruptedException {
        link = Optional.of(registry.await(name, cancellation));
    }

    <A extends Message> A ask(Message request, Class<A> answer, Cancellation cancellation)
            throws IOException, InterruptedException {
        return ask(request, answer, Wanted.until(cancellation));
    }

    <A extends Message> A ask(Message request, Class<A> answer, Wanted wanted)
            throws IOException, InterruptedException {
        try {
            return link().ask(request, answer, wanted.waiting(), wanted.use());
        } catch (Refusal e) {
            throw new Refusal("site '" + name + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    Message.Pulled pull(Transfer transfer, Cancellation cancellation) throws IOException, InterruptedException {
        try {
            return link().pull(transfer, cancellation);
        } catch (Refusal e) {
            throw new Refusal("site '" + name + "': " + e.getMessage(), e);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private Link link() throws SiteGone {
        return link.orElseThrow(() -> new SiteGone("site '" + name + "': it is not connected"));
    }

    private IOException failed(IOException e) {
        if (e instanceof SiteGone || e instanceof DiskFull) {
            return e; // a full disk here is no fault of the site's
        }
        return e instanceof LinkClosed
                ? new SiteGone("site '" + name + "': it is gone (its link was closed)", e)
                : new IOException("site '" + name + "': " + e.getMessage(), e);
    }
}
