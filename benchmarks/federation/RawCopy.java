import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Copies bytes through plain SSLSockets, as the least that a federation on this machine could do: {@code RawCopy serve KEYS FOLDER} prints its port;
 * {@code RawCopy copy KEYS FOLDER PORT MEBIBYTES CONNECTIONS ROUNDS} prints one line a round, with the MB/s of all connections together up and
 * down, without files and from a file to a file that is synced.
 */
final class RawCopy {

    private static final int CHUNK = 256 << 10;

    public static void main(String[] words) throws Exception {
        SSLContext keys = keys(Path.of(words[1]));
        Path folder = Path.of(words[2]);
        if (words[0].equals("serve")) {
            serve(keys, folder);
            return;
        }
        int port = Integer.parseInt(words[3]);
        long bytes = Long.parseLong(words[4]) << 20;
        int connections = Integer.parseInt(words[5]);
        Files.write(folder.resolve("source"), new byte[0]);
        fill(folder.resolve("source"), bytes);
        for (int round = 0; round < Integer.parseInt(words[6]); round++) {
            StringBuilder line = new StringBuilder();
            for (boolean files : new boolean[] {false, true}) {
                for (boolean up : new boolean[] {false, true}) {
                    double rate = together(keys, port, folder, bytes, connections, up, files);
                    line.append(String.format(Locale.ROOT, "%.0f ", rate));
                }
            }
            System.out.println(line.toString().strip());
        }
        System.exit(0);
    }

    private static SSLContext keys(Path file) throws Exception {
        char[] password = "benchmark".toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            own.load(in, password);
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, password);
        trusted.setCertificateEntry("keys", own.getCertificate("keys"));
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(own, password);
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    private static void fill(Path file, long bytes) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            byte[] chunk = new byte[CHUNK];
            new java.util.Random(1).nextBytes(chunk);
            for (long at = 0; at < bytes; at += CHUNK) {
                out.write(ByteBuffer.wrap(chunk), at);
            }
        }
    }

    private static void serve(SSLContext keys, Path folder) throws IOException {
        SSLServerSocket server = (SSLServerSocket) keys.getServerSocketFactory().createServerSocket(0);
        server.setNeedClientAuth(true);
        server.setEnabledProtocols(new String[] {"TLSv1.3"});
        server.setEnabledCipherSuites(new String[] {"TLS_AES_128_GCM_SHA256"});
        System.out.println(server.getLocalPort());
        ExecutorService threads = Executors.newCachedThreadPool();
        while (true) {
            SSLSocket socket = (SSLSocket) server.accept();
            threads.submit(() -> {
                try (socket) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    boolean up = in.readBoolean();
                    boolean files = in.readBoolean();
                    int number = in.readInt();
                    long bytes = in.readLong();
                    if (up) {
                        take(in, bytes, files, folder.resolve("up-" + number));
                        socket.getOutputStream().write(1);
                    } else {
                        give(socket.getOutputStream(), bytes, files, folder.resolve("source"));
                        in.read();
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static double together(
            SSLContext keys, int port, Path folder, long bytes, int connections, boolean up, boolean files)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        long begun = System.nanoTime();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            int number = i;
            running.add(threads.submit(() -> {
                one(keys, port, folder, bytes, number, up, files);
                return true;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        threads.shutdown();
        return connections * bytes / seconds / 1e6;
    }

    private static void one(
            SSLContext keys, int port, Path folder, long bytes, int number, boolean up, boolean files)
            throws IOException {
        try (SSLSocket socket = (SSLSocket) keys.getSocketFactory().createSocket("localhost", port)) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeBoolean(up);
            out.writeBoolean(files);
            out.writeInt(number);
            out.writeLong(bytes);
            if (up) {
                give(socket.getOutputStream(), bytes, files, folder.resolve("source"));
                socket.getInputStream().read();
            } else {
                take(new DataInputStream(socket.getInputStream()), bytes, files, folder.resolve("down-" + number));
                socket.getOutputStream().write(1);
            }
        }
    }

    private static void give(OutputStream out, long bytes, boolean files, Path source) throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (FileChannel in = FileChannel.open(source)) {
            for (long at = 0; at < bytes; at += CHUNK) {
                if (files) {
                    in.read(ByteBuffer.wrap(chunk), at);
                }
                out.write(chunk);
            }
        }
        out.flush();
    }

    private static void take(DataInputStream in, long bytes, boolean files, Path target) throws IOException {
        byte[] chunk = new byte[CHUNK];
        if (!files) {
            for (long at = 0; at < bytes; at += CHUNK) {
                in.readFully(chunk);
            }
            return;
        }
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long at = 0; at < bytes; at += CHUNK) {
                in.readFully(chunk);
                out.write(ByteBuffer.wrap(chunk), at);
            }
            out.force(true);
        }
        Files.delete(target);
    }
}
