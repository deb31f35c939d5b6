package io.weft.api.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy in front of a listener through which bytes come late and connections break: after how many bytes, a seed says. What is under way
 * when a connection breaks is lost.
 */
public final class UnreliableProxy implements AutoCloseable {

    private static final int PIECE = 16 << 10;

    /** A TLS handshake with two certificates and a first request go through, so that something is reached each time. */
    private static final long LEAST = 12 << 10;

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final SplittableRandom seed;
    private final Duration delay;
    private final long bytes;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Line> lines = new ArrayList<>();
    private int cuts;

    private UnreliableProxy(ServerSocket server, InetSocketAddress target, long seed, Duration delay, long bytes) {
        this.server = server;
        this.target = target;
        this.seed = new SplittableRandom(seed);
        this.delay = delay;
        this.bytes = bytes;
    }

    /**
     * Begins to listen on this machine.
     *
     * @param port where; 0 for any that is free
     * @param target where it passes what comes
     * @param delay how late a piece comes at most
     * @param bytes how many a connection passes at most before it breaks; 0 to break none
     */
    public static UnreliableProxy open(int port, InetSocketAddress target, long seed, Duration delay, long bytes)
            throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        UnreliableProxy proxy = new UnreliableProxy(server, target, seed, delay, bytes);
        begin(proxy::accept);
        return proxy;
    }

    /** The port on which it listens. */
    public int port() {
        return server.getLocalPort();
    }

    /** How many connections it has broken. */
    public synchronized int cuts() {
        return cuts;
    }

    /** Breaks every connection that passes through now. */
    public void cut() {
        List<Line> now;
        synchronized (this) {
            now = List.copyOf(lines);
        }
        now.forEach(Line::cut);
    }

    private void accept() {
        try {
            while (true) {
                Socket from = server.accept();
                Socket to = new Socket();
                try {
                    to.connect(target);
                } catch (IOException e) {
                    from.close(); // nobody listens there now
                    continue;
                }
                Line line = new Line(from, to, next());
                synchronized (this) {
                    lines.add(line);
                }
                long later = delaySeed();
                begin(() -> line.pass(from, to, new SplittableRandom(later)));
                begin(() -> line.pass(to, from, new SplittableRandom(later + 1)));
            }
        } catch (IOException e) {
            cut(); // closed
        }
    }

    private synchronized long next() {
        return bytes == 0 ? Long.MAX_VALUE : LEAST + seed.nextLong(Math.max(1, bytes - LEAST));
    }

    private synchronized long delaySeed() {
        return seed.nextLong();
    }

    private static void begin(Runnable work) {
        Thread thread = new Thread(work, "unreliable-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    /** A connection, until it has passed so many bytes. */
    private final class Line {

        private final Socket from;
        private final Socket to;
        private final AtomicLong left;

        Line(Socket from, Socket to, long bytes) {
            this.from = from;
            this.to = to;
            this.left = new AtomicLong(bytes);
        }

        void pass(Socket source, Socket sink, SplittableRandom chance) {
            byte[] piece = new byte[PIECE];
            try {
                InputStream in = source.getInputStream();
                OutputStream out = sink.getOutputStream();
                for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                    if (!delay.isZero() && closed.await(chance.nextLong(delay.toNanos() + 1), TimeUnit.NANOSECONDS)) {
                        return;
                    }
                    long before = left.getAndAdd(-length);
                    out.write(piece, 0, (int) Math.max(0, Math.min(length, before)));
                    if (before <= length) {
                        return;
                    }
                }
            } catch (IOException e) {
                // Cut, or ended by one of the ends.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                cut();
            }
        }

        void cut() {
            synchronized (UnreliableProxy.this) {
                if (!lines.remove(this)) {
                    return;
                }
                cuts++;
            }
            for (Socket socket : new Socket[] {from, to}) {
                try {
                    socket.close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** Listens no more and breaks what passes through. */
    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
        cut();
    }

    /** Runs one until it is ended: {@code PORT HOST:PORT SEED DELAY_MS BYTES}. */
    public static void main(String... words) throws IOException, InterruptedException {
        if (words.length != 5) {
            System.err.println("usage: PORT HOST:PORT SEED DELAY_MS BYTES (see docs/three-machines.md)");
            System.exit(2);
        }
        int colon = words[1].lastIndexOf(':');
        InetSocketAddress target =
                new InetSocketAddress(words[1].substring(0, colon), Integer.parseInt(words[1].substring(colon + 1)));
        try (UnreliableProxy proxy = open(
                Integer.parseInt(words[0]),
                target,
                Long.parseLong(words[2]),
                Duration.ofMillis(Long.parseLong(words[3])),
                Long.parseLong(words[4]))) {
            System.out.println("passing on from port " + proxy.port() + " to " + target);
            proxy.closed.await();
        }
    }
}
