package io.weft.distribution.tests.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What plugins in another process say to the test, and what the test answers: so the test knows where they are, and where they wait.
 * A plugin says something through the class {@code Talk} that {@link #source} gives it.
 */
final class PluginTalk implements AutoCloseable {

    /** How long a plugin may be silent before the test gives up. */
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static final char QUESTION = '?';

    private final ServerSocket server;
    private final Thread listener;
    private final LinkedBlockingQueue<Said> said = new LinkedBlockingQueue<>();
    private final List<Said> aside = new ArrayList<>();
    private final Set<String> free = ConcurrentHashMap.newKeySet();

    private PluginTalk(ServerSocket server) {
        this.server = server;
        this.listener = new Thread(this::listen, "plugin-talk");
    }

    static PluginTalk open() throws IOException {
        PluginTalk talk = new PluginTalk(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()));
        talk.listener.start();
        return talk;
    }

    /** A plugin's words; who asked waits until it is told to go on. */
    static final class Said {

        private final String words;
        private final Socket from;

        private Said(String words, Socket from) {
            this.words = words;
            this.from = from;
        }

        void goOn() throws IOException {
            try (from) {
                from.getOutputStream().write('\n');
            }
        }
    }

    /** The source of the class {@code Talk} in that package: {@code tell} says something, {@code ask} waits for the answer. */
    String source(String name) {
        return """
                package %s;
                import java.io.*;
                import java.net.*;
                import java.nio.charset.StandardCharsets;
                final class Talk {
                    static void tell(String words) { say("!" + words); }
                    static void ask(String words) { say("?" + words); }
                    private static void say(String words) {
                        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), %d)) {
                            socket.getOutputStream().write((words + "\\n").getBytes(StandardCharsets.UTF_8));
                            socket.getInputStream().read();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                }
                """.formatted(name, server.getLocalPort());
    }

    private void listen() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                String words = new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                        .readLine();
                if (words == null) {
                    socket.close();
                    continue;
                }
                Said heard = new Said(words.substring(1), socket);
                if (words.charAt(0) != QUESTION || free.stream().anyMatch(heard.words::endsWith)) {
                    heard.goOn();
                }
                said.add(heard);
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** From now on nobody waits who asks something that ends in these words. */
    void neverHold(String words) {
        free.add(words);
    }

    /** Waits until a plugin says these words; what else is said meanwhile is kept for later. */
    Said await(String words) throws InterruptedException {
        for (Iterator<Said> earlier = aside.iterator(); earlier.hasNext(); ) {
            Said one = earlier.next();
            if (one.words.equals(words)) {
                earlier.remove();
                return one;
            }
        }
        while (true) {
            Said next = said.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nobody says '" + words + "', but: "
                        + aside.stream().map(one -> one.words).toList());
            }
            if (next.words.equals(words)) {
                return next;
            }
            aside.add(next);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        server.close();
        listener.join();
        List<Said> left = new ArrayList<>(aside);
        said.drainTo(left);
        for (Said one : left) {
            one.from.close();
        }
    }
}
