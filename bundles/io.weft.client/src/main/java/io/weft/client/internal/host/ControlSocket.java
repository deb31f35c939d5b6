package io.weft.client.internal.host;

import io.weft.client.internal.wire.Json;
import io.weft.client.internal.wire.JsonText;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of the control channel at a site (docs/client-protocol.md): a Unix domain socket in a folder that only this user may enter,
 * and a token that only the started program was told. One program is connected at a time.
 */
final class ControlSocket implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);

    static final int PROTOCOL = 1;

    private static final int LONGEST_LINE = 1 << 20;

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
    private volatile Optional<SocketChannel> program = Optional.empty();

    ControlSocket(String name, Listener listener) throws IOException {
        // A socket's path may have no more than about a hundred bytes, so it cannot lie among the job's files.
        this.folder = Files.createTempDirectory("weft-");
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
        Thread thread = new Thread(this::serve, name);
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
        Optional<SocketChannel> to = program;
        if (to.isPresent()) {
            write(to.get(), message);
        }
    }

    private static void write(SocketChannel to, Map<String, Object> message) throws IOException {
        ByteBuffer line = StandardCharsets.UTF_8.encode(Json.line(message) + "\n");
        synchronized (to) {
            while (line.hasRemaining()) {
                to.write(line);
            }
        }
    }

    private void serve() {
        try {
            while (true) {
                try (SocketChannel joined = server.accept()) {
                    serve(joined);
                } finally {
                    if (program.isPresent()) {
                        program = Optional.empty();
                        listener.disconnected();
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("the control channel at {} is closed", folder, e);
        }
    }

    /** Until the program closes its end. What it does wrong costs it the connection, not the site its channel. */
    private void serve(SocketChannel joined) {
        try {
            Lines lines = new Lines(joined);
            Optional<String> hello = lines.next();
            if (hello.isEmpty() || !admitted(joined, JsonText.object(hello.get()))) {
                return;
            }
            write(joined, listener.welcome());
            program = Optional.of(joined);
            listener.connected();
            for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
                listener.said(JsonText.object(line.get()));
            }
        } catch (IOException e) {
            LOG.debug("a connection on {} ended", folder, e);
        }
    }

    private boolean admitted(SocketChannel joined, Map<String, Object> hello) throws IOException {
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
            write(joined, Map.of("type", "refused", "reason", reason));
        }
        return reason.isEmpty();
    }

    @Override
    public void close() throws IOException {
        Optional<SocketChannel> joined = program;
        server.close();
        if (joined.isPresent()) {
            joined.get().close();
        }
        Files.deleteIfExists(path());
        Files.deleteIfExists(welcome());
        Files.deleteIfExists(folder);
    }

    /** A connection's lines. */
    private static final class Lines {

        private final SocketChannel from;
        private ByteBuffer bytes = ByteBuffer.allocate(1 << 12).flip();

        Lines(SocketChannel from) {
            this.from = from;
        }

        /** The next line; empty at the end. */
        Optional<String> next() throws IOException {
            int scanned = 0;
            while (true) {
                for (int i = bytes.position() + scanned; i < bytes.limit(); i++) {
                    if (bytes.get(i) == '\n') {
                        byte[] line = new byte[i - bytes.position()];
                        bytes.get(line).get();
                        return Optional.of(new String(line, StandardCharsets.UTF_8));
                    }
                }
                scanned = bytes.remaining();
                if (!more()) {
                    return Optional.empty();
                }
            }
        }

        private boolean more() throws IOException {
            bytes.compact();
            if (!bytes.hasRemaining()) {
                if (bytes.capacity() >= LONGEST_LINE) {
                    throw new IOException("a line of more than " + LONGEST_LINE + " bytes");
                }
                bytes = ByteBuffer.allocate(bytes.capacity() * 2).put(bytes.flip());
            }
            int read = from.read(bytes);
            bytes.flip();
            return read >= 0;
        }
    }
}
