package io.weft.client.internal.session;

import io.weft.client.NotConnected;
import io.weft.client.internal.wire.Lines;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process's connection to its site. One thread of its own reads, another one tells that this process lives. */
final class SiteConnection implements Channel {

    static final int PROTOCOL = 1;

    /** What a shell reports of a process that SIGTERM ended. */
    private static final int TERMINATED = 143;

    private final SocketChannel socket;
    private final Lines lines;
    private final Map<String, Object> welcome;
    private final BlockingQueue<Optional<Map<String, Object>>> received = new LinkedBlockingQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean over;

    private SiteConnection(SocketChannel socket, Lines lines, Map<String, Object> welcome) {
        this.socket = socket;
        this.lines = lines;
        this.welcome = welcome;
    }

    /**
     * Joins.
     *
     * @throws NotConnected when the site does not answer, or does not want this process
     */
    static SiteConnection open(Address address) {
        try {
            SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(address.control()));
            try {
                SiteConnection connection = joined(socket, address.token());
                connection.work();
                return connection;
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        } catch (IOException e) {
            throw new NotConnected("the site does not answer at " + address.control() + " (" + e.getMessage() + ")", e);
        }
    }

    private static SiteConnection joined(SocketChannel socket, String token) throws IOException {
        Lines lines = new Lines(socket);
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("type", "hello");
        hello.put("protocol", PROTOCOL);
        hello.put("token", token);
        hello.put("pid", ProcessHandle.current().pid());
        hello.put("rank", 0);
        lines.write(hello);
        Map<String, Object> answer =
                lines.next().orElseThrow(() -> new NotConnected("the site closed the connection before it answered"));
        if (!"welcome".equals(answer.get("type"))) {
            throw new NotConnected(
                    String.valueOf(answer.getOrDefault("reason", "the site does not want this process")));
        }
        return new SiteConnection(socket, lines, answer);
    }

    private void work() {
        daemon(this::read, "weft-control").start();
        double seconds = welcome.get("beatSeconds") instanceof Number given ? given.doubleValue() : 5;
        long millis = Math.max(1, (long) (seconds * 1_000));
        daemon(() -> beat(millis), "weft-beat").start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void beat(long millis) {
        try {
            while (!closed.await(millis, TimeUnit.MILLISECONDS)) {
                lines.write(Map.of("type", "beat"));
            }
        } catch (IOException | InterruptedException e) {
            // The reading thread finds out, too, that the site is gone, and says so.
        }
    }

    private void read() {
        try {
            for (Optional<Map<String, Object>> message = lines.next(); message.isPresent(); message = lines.next()) {
                if ("end".equals(message.get().get("type"))) {
                    received.add(Optional.empty());
                    return;
                }
                received.add(message);
            }
        } catch (IOException e) {
            // As when the site closes its end.
        }
        received.add(Optional.empty());
        endWithTheSite();
    }

    /** Nobody waits for this process any more; one that the site started ends, so that nothing is left behind. */
    private void endWithTheSite() {
        if (!over && Boolean.TRUE.equals(welcome.get("launched"))) {
            System.err.println("weft: the site is gone; this process ends");
            System.exit(TERMINATED);
        }
    }

    @Override
    public Map<String, Object> welcome() {
        return welcome;
    }

    @Override
    public Optional<Map<String, Object>> next() {
        if (over) {
            return Optional.empty();
        }
        try {
            Optional<Map<String, Object>> message = received.take();
            if (message.isEmpty()) {
                over = true;
            }
            return message;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void tell(Map<String, Object> message) {
        try {
            lines.write(message);
        } catch (IOException e) {
            throw new NotConnected("the site has closed the connection", e);
        }
    }

    @Override
    public void close() {
        over = true;
        closed.countDown();
        try {
            socket.close();
        } catch (IOException e) {
            throw new NotConnected("the connection to the site cannot be closed", e);
        }
    }
}
