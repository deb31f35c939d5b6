package io.weft.client.internal.host;

import io.weft.client.internal.wire.Json;
import io.weft.client.internal.wire.Lines;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of the control channel at a site (docs/client-protocol.md): a Unix domain socket in a folder that only this user may enter,
 * and a token that only the started program was told. One program is connected at a time; others are told so, and one that says
 * nothing keeps nobody out.
 */
final class ControlSocket implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    static final int PROTOCOL = 1;

    /** Of a program that belongs here there is one connection, or two while it comes back. */
    private static final int MOST_CONNECTIONS = 16;

    /** What happens on the channel; called from its thread. */
    interface Listener {

        /** What a program that may join is told. */
        Map<String, Object> welcome();

        void said(Map<String, Object> message) throws IOException;

        void connected();

        void disconnected();
    }

    private final Path folder;
    private final ServerSocketChannel server;
    private final String token;
    private final Listener listener;
    private final String name;

    /** Guarded by this object. */
    private final Set<SocketChannel> connections = new LinkedHashSet<>();

    /** Guarded by this object; empty only when the listener knows that it is gone. */
    private Optional<Joined> program = Optional.empty();

    /** Who is told; one that was told welcome. */
    private volatile Optional<Lines> told = Optional.empty();

    /** A program that may talk to the site. */
    private record Joined(SocketChannel connection, Lines lines, Object process) {}

    private ControlSocket(String name, Listener listener) throws IOException {
        // A socket's path may have no more than about a hundred bytes, so it cannot lie among the job's files.
        this.folder = Files.createTempDirectory("weft-");
        this.name = name;
        this.listener = listener;
        byte[] secret = new byte[16];
        new SecureRandom().nextBytes(secret);
        this.token = HexFormat.of().formatHex(secret);
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path()));
            Files.writeString(welcome(), Json.line(listener.welcome()));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens a channel and listens.
     *
     * @param name of its threads
     */
    static ControlSocket open(String name, Listener listener) throws IOException {
        ControlSocket socket = new ControlSocket(name, listener);
        socket.inThread(socket::accept);
        return socket;
    }

    private void inThread(Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private Path path() {
        return folder.resolve("control");
    }

    /** The same as a file, for those of several processes that do not talk to the site. */
    private Path welcome() {
        return folder.resolve("welcome.json");
    }

    /** What is secret between this site and its program, and in the environment of all processes that belong to it. */
    String token() {
        return token;
    }

    /** What a program must find in its environment. */
    Map<String, String> environment() {
        return Map.of(
                "WEFT_CONTROL",
                path().toString(),
                "WEFT_TOKEN",
                token,
                "WEFT_WELCOME",
                welcome().toString());
    }

    /** Tells the connected program something; nothing when there is none. */
    void tell(Map<String, Object> message) throws IOException {
        Optional<Lines> to = told;
        if (to.isPresent()) {
            to.get().write(message);
        }
    }

    private synchronized Optional<Joined> program() {
        return program;
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel came = server.accept();
                if (added(came)) {
                    inThread(() -> serve(came));
                } else {
                    came.close();
                }
            }
        } catch (IOException e) {
            LOG.debug("the control channel at {} is closed", folder, e);
        }
    }

    private synchronized boolean added(SocketChannel came) {
        return server.isOpen() && connections.size() < MOST_CONNECTIONS && connections.add(came);
    }

    private synchronized void removed(SocketChannel gone) {
        connections.remove(gone);
    }

    /** Until the program closes its end. What it does wrong costs it the connection, not the site its channel. */
    private void serve(SocketChannel came) {
        try (came) {
            Lines lines = new Lines(came);
            Optional<Map<String, Object>> hello = lines.next();
            if (hello.isPresent() && admitted(lines, hello.get())) {
                Joined joined = new Joined(came, lines, hello.get().getOrDefault("pid", "unknown"));
                Optional<Joined> other = claimedBy(joined);
                if (other.isEmpty()) {
                    converse(joined);
                } else {
                    refuse(
                            lines,
                            "another trainer is joined already (process "
                                    + other.get().process()
                                    + "); one can be at a time, and another one when it has left");
                }
            }
        } catch (IOException e) {
            LOG.debug("a connection on {} ended", folder, e);
        } finally {
            removed(came);
        }
    }

    /** Takes the place; empty when it was free, else who has it. */
    private synchronized Optional<Joined> claimedBy(Joined joined) {
        Optional<Joined> other = program;
        if (other.isEmpty()) {
            program = Optional.of(joined);
        }
        return other;
    }

    private void converse(Joined joined) throws IOException {
        Lines lines = joined.lines();
        try {
            lines.write(listener.welcome());
            told = Optional.of(lines);
            listener.connected();
            for (Optional<Map<String, Object>> said = lines.next(); said.isPresent(); said = lines.next()) {
                listener.said(said.get());
            }
        } finally {
            if (told.isPresent()) {
                told = Optional.empty();
                listener.disconnected();
            }
            free();
        }
    }

    private synchronized void free() {
        program = Optional.empty();
    }

    private boolean admitted(Lines joined, Map<String, Object> hello) throws IOException {
        String reason = "";
        if (!"hello".equals(hello.get("type"))) {
            reason = "the first message must be hello";
        } else if (!Long.valueOf(PROTOCOL).equals(hello.get("protocol"))) {
            reason = "this site speaks protocol " + PROTOCOL + ", the program " + hello.get("protocol")
                    + "; use the client library of this version of Weft";
        } else if (!token.equals(hello.get("token"))) {
            reason = "the token is not the one that this site gave to its program";
        }
        if (!reason.isEmpty()) {
            refuse(joined, reason);
        }
        return reason.isEmpty();
    }

    private static void refuse(Lines joined, String reason) throws IOException {
        joined.write(Map.of("type", "refused", "reason", reason));
    }

    /** Parts with the program that is connected; another one may join. */
    void disconnect() {
        program().ifPresent(joined -> close(joined.connection()));
    }

    private void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("a connection on {} could not be closed", folder, e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        open().forEach(this::close);
        Files.deleteIfExists(path());
        Files.deleteIfExists(welcome());
        Files.deleteIfExists(folder);
    }

    private synchronized List<SocketChannel> open() {
        return List.copyOf(connections);
    }
}
