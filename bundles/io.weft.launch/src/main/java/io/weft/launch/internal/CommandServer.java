package io.weft.launch.internal;

import io.weft.launch.Command;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers command lines of other processes in this home, so that they need no framework of their own. */
final class CommandServer implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(CommandServer.class);

    /** As many are answered at a time; the next ones wait. */
    private static final int MOST = 8;

    private static final Duration STOP = Duration.ofSeconds(5);

    private final CommandSocket socket;
    private final ServerSocketChannel channel;
    private final Answering answering;
    private final Runnable end;
    private final Semaphore places = new Semaphore(MOST);
    private final Set<SocketChannel> open = new HashSet<>();
    private final AtomicInteger endings = new AtomicInteger();
    private final Thread acceptor = new Thread(this::accept, "weft-commands");

    private CommandServer(CommandSocket socket, ServerSocketChannel channel, Answering answering, Runnable end) {
        this.socket = socket;
        this.channel = channel;
        this.answering = answering;
        this.end = end;
    }

    /** What answers. */
    @FunctionalInterface
    interface Answering {

        /** Does what the words ask for and gives the exit code; what it throws was told already. */
        int answer(List<String> words, PrintStream out, PrintStream err) throws InterruptedException;
    }

    /**
     * Answers until it is closed.
     *
     * @param end ends this process; called when somebody has asked for that, and was told that it happens
     */
    static CommandServer open(CommandSocket socket, Collection<String> words, Answering answering, Runnable end)
            throws IOException {
        CommandServer server = new CommandServer(socket, socket.open(words), answering, end);
        server.acceptor.setDaemon(true);
        server.acceptor.start();
        return server;
    }

    private void accept() {
        try {
            while (true) {
                places.acquire();
                SocketChannel client = channel.accept();
                synchronized (open) {
                    open.add(client);
                }
                start(() -> converse(client), "weft-command");
            }
        } catch (InterruptedException | ClosedChannelException e) {
            // The server was closed.
        } catch (IOException e) {
            LOG.error("command lines of other processes are not answered any more", e);
        }
    }

    private static Thread start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void converse(SocketChannel client) {
        try (client) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(SocketStreams.input(client)));
            List<String> words = Frame.readRequest(in);
            Replies replies = new Replies(client);
            replies.send(Frame.taken());
            Thread worker = start(() -> work(words, replies, client), "weft-command-" + words.get(0));
            try {
                in.read(); // A client says nothing more; this ends when it is gone or was answered.
            } catch (ClosedChannelException e) {
                // It was answered.
            } finally {
                worker.interrupt();
            }
            worker.join();
        } catch (IOException | InterruptedException e) {
            LOG.info("a command line of another process was not answered: {}", e.toString());
        } finally {
            synchronized (open) {
                open.remove(client);
            }
            places.release();
        }
    }

    private void work(List<String> words, Replies replies, SocketChannel client) {
        boolean ending = false;
        try (PrintStream out = replies.stream(Frame.Kind.OUT);
                PrintStream err = replies.stream(Frame.Kind.ERR)) {
            int exit = answering.answer(words, out, err);
            out.flush();
            err.flush();
            ending = exit == Command.ENDING;
            if (ending) {
                awaitEnd(client, replies);
            } else {
                replies.send(Frame.exit(exit));
            }
        } catch (InterruptedException | IOException e) {
            LOG.info("{} was not answered to its end: {}", words, e.toString());
        } finally {
            if (!ending) {
                close(client);
            }
        }
    }

    /** The client's connection ends with this process, which is how the client knows. */
    private void awaitEnd(SocketChannel client, Replies replies) throws IOException {
        synchronized (open) {
            open.remove(client);
        }
        endings.incrementAndGet();
        try {
            replies.send(Frame.ending());
        } finally {
            end.run();
        }
    }

    private static void close(SocketChannel client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.debug("a connection was not closed", e);
        }
    }

    /** Takes no more command lines, and interrupts those that are being answered. */
    @Override
    public void close() throws IOException {
        channel.close();
        acceptor.interrupt();
        synchronized (open) {
            for (SocketChannel client : open) {
                client.close();
            }
        }
        try {
            boolean ended = places.tryAcquire(MOST - 1 - endings.get(), STOP.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                LOG.warn("a command line of another process did not end within {} s", STOP.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        socket.remove();
    }

    /** Frames to a client, from whichever thread. */
    private static final class Replies {

        private final DataOutputStream out;

        Replies(SocketChannel client) {
            this.out = new DataOutputStream(new BufferedOutputStream(SocketStreams.output(client)));
        }

        synchronized void send(Frame frame) throws IOException {
            frame.writeTo(out);
            out.flush();
        }

        PrintStream stream(Frame.Kind kind) {
            OutputStream frames = new OutputStream() {
                @Override
                public void write(int one) throws IOException {
                    write(new byte[] {(byte) one}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int count) throws IOException {
                    send(Frame.output(kind, bytes, from, count));
                }
            };
            return new PrintStream(new BufferedOutputStream(frames), true, StandardCharsets.UTF_8);
        }
    }
}
