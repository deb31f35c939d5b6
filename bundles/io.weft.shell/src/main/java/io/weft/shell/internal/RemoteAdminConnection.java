package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Link;
import io.weft.exchange.LinkClosed;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.exchange.Transfer;
import io.weft.identity.Kit;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The server of a kit, dialled when something is asked, and dialled again when the link breaks. */
final class RemoteAdminConnection implements AdminConnection {

    private static final String TRANSPORT = "mina";
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final Kit kit;
    private final Lease<Transport> transport;
    private final Duration patience;
    private final SortedMap<String, Path> offered;
    private final Consumer<String> news;
    private Optional<Link> link = Optional.empty();
    private boolean away;

    private RemoteAdminConnection(
            Kit kit,
            Lease<Transport> transport,
            Duration patience,
            SortedMap<String, Path> offered,
            Consumer<String> news) {
        this.kit = kit;
        this.transport = transport;
        this.patience = patience;
        this.offered = offered;
        this.news = news;
    }

    /**
     * Prepares to ask.
     *
     * @param patience how long a server may stay away
     * @param offered files that the server may pull, by their paths
     * @param news is told, in a sentence, that the server does not answer, and that it is back
     */
    static RemoteAdminConnection of(
            Kit kit, Plugins plugins, Duration patience, SortedMap<String, Path> offered, Consumer<String> news) {
        try {
            return new RemoteAdminConnection(kit, plugins.lease(Transport.class, TRANSPORT), patience, offered, news);
        } catch (MissingPlugin e) {
            throw e.refusal();
        }
    }

    @Override
    public <A extends Message> A ask(Message.Admin request, Class<A> answer) throws IOException, InterruptedException {
        return conversing(mayBeRepeated(request), open -> open.ask(request, answer, new Cancellation()));
    }

    @Override
    public void bring(String resource, Message.CarriedFile file, Path to) throws IOException, InterruptedException {
        Transfer transfer = CarriedFiles.one(resource, file, to);
        conversing(true, open -> open.pull(transfer, new Cancellation()));
    }

    private static boolean mayBeRepeated(Message.Admin request) {
        return !(request instanceof Message.Admin.StopJob
                || request instanceof Message.Admin.CloneJob
                || request instanceof Message.Admin.DeleteJob);
    }

    /** What is said over a link. */
    @FunctionalInterface
    private interface Words<A> {
        A over(Link link) throws IOException, InterruptedException;
    }

    private <A> A conversing(boolean repeat, Words<A> words) throws IOException, InterruptedException {
        while (true) {
            Link open = open();
            try {
                return words.over(open);
            } catch (LinkClosed e) {
                if (!repeat) {
                    throw new IOException(
                            "the link to the server at " + kit.server()
                                    + " broke, and whether it did what was asked is not known; look with 'weft jobs'",
                            e);
                }
                isAway("the link to the server at " + kit.server() + " is lost");
            }
        }
    }

    /** Said once, until it is back. */
    private void isAway(String how) {
        if (!away && !patience.isZero()) {
            away = true;
            news.accept(how + "; dialling for up to " + patience.toSeconds() + " s");
        }
    }

    private void isBack() {
        if (away) {
            away = false;
            news.accept("the server at " + kit.server() + " is back");
        }
    }

    /** The link that is there, or a new one, within the patience. */
    private Link open() throws IOException, InterruptedException {
        if (link.filter(Link::isOpen).isPresent()) {
            return link.get();
        }
        long end = System.nanoTime() + patience.toNanos();
        Duration pause = SHORTEST_PAUSE;
        while (true) {
            try {
                Link dialled = dial();
                link = Optional.of(dialled);
                isBack();
                return dialled;
            } catch (IOException e) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new IOException(
                            "the server at " + kit.server() + " was not reached within " + patience.toSeconds() + " s: "
                                    + FileProblem.words(e)
                                    + "; see that it runs, and that this machine may dial out to that port",
                            e);
                }
                isAway("the server at " + kit.server() + " does not answer: " + FileProblem.words(e));
                TimeUnit.NANOSECONDS.sleep(Math.min(left, pause.toNanos()));
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    private Link dial() throws IOException, InterruptedException {
        Link dialled = Link.over(
                transport.plugin().dial(kit.server().uri(), Optional.of(kit.tls())),
                Link.End.DIALED,
                "server",
                new OfferedFiles());
        try {
            dialled.ask(new Message.Hello(kit.identity().name()), Message.Welcome.class, new Cancellation());
            return dialled;
        } catch (IOException | InterruptedException | RuntimeException e) {
            dialled.close();
            throw e;
        }
    }

    @Override
    public void close() {
        try (transport) {
            link.ifPresent(Link::close);
        }
    }

    /** What the server may ask of an admin: the files that travel with a job. */
    private final class OfferedFiles implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            throw new Refusal("an admin does not answer " + request.getClass().getSimpleName());
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            if (!resource.endsWith("/" + CarriedFiles.RESOURCE)) {
                throw new Refusal("an admin has no '" + resource + "'");
            }
            return CarriedFiles.offer(offered);
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}
    }
}
