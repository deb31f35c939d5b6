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
    private volatile Optional<SocketChannel> connection = Optional.empty();
    private volatile Optional<Lines> program = Optional.empty();

    private ControlSocket(Listener listener) throws IOException {
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
    }

    /**
     * Opens a channel and listens.
     *
     * @param name of its thread
     */
    static ControlSocket open(String name, Listener listener) throws IOException {
        ControlSocket socket = new ControlSocket(listener);
        Thread thread = new Thread(socket::serve, name);
        thread.setDaemon(true);
        thread.start();
        return socket;
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
        Optional<Lines> to = program;
        if (to.isPresent()) {
            to.get().write(message);
        }
    }

    private void serve() {
        try {
            while (true) {
                try (SocketChannel joined = server.accept()) {
                    connection = Optional.of(joined);
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
            Optional<Map<String, Object>> hello = lines.next();
            if (hello.isEmpty() || !admitted(lines, hello.get())) {
                return;
            }
            lines.write(listener.welcome());
            program = Optional.of(lines);
            listener.connected();
            for (Optional<Map<String, Object>> said = lines.next(); said.isPresent(); said = lines.next()) {
                listener.said(said.get());
            }
        } catch (IOException e) {
            LOG.debug("a connection on {} ended", folder, e);
        }
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
            joined.write(Map.of("type", "refused", "reason", reason));
        }
        return reason.isEmpty();
    }

    /** Parts with the program that is connected; another one may join. */
    void disconnect() {
        Optional<SocketChannel> connected = connection;
        if (connected.isPresent()) {
            try {
                connected.get().close();
            } catch (IOException e) {
                LOG.debug("a connection on {} could not be closed", folder, e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        disconnect();
        Files.deleteIfExists(path());
        Files.deleteIfExists(welcome());
        Files.deleteIfExists(folder);
    }
}
