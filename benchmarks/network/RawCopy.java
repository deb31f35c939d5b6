import com.sun.management.OperatingSystemMXBean;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * Copies bytes through plain SSLSockets, as the least that a federation on this machine could do: {@code RawCopy serve KEYS FOLDER} prints its port;
 * {@code RawCopy copy KEYS FOLDER PORT MEBIBYTES CONNECTIONS ROUNDS} prints one line a round. For each way of copying, down and up, it has the MB/s of all
 * connections together and the processor seconds that both processes took for a GB.
 */
final class RawCopy {

    private static final int CHUNK = 256 << 10;

    private static final int ASKS_FOR_PROCESSOR_TIME = -1;

    /** What is done besides encrypting and decrypting. */
    private enum Way {
        MEMORY,
        /** From a file to a file that is synced. */
        FILES,
        /** The same, with a SHA-256 of all bytes at both ends. */
        CHECKED_FILES;

        boolean files() {
            return this != MEMORY;
        }

        boolean checks() {
            return this == CHECKED_FILES;
        }
    }

    public static void main(String[] words) throws Exception {
        SSLContext keys = Keys.read(Path.of(words[1]));
        Path folder = Path.of(words[2]);
        if (words[0].equals("serve")) {
            serve(keys, folder);
            return;
        }
        int port = Integer.parseInt(words[3]);
        long bytes = Long.parseLong(words[4]) << 20;
        int connections = Integer.parseInt(words[5]);
        fill(folder.resolve("source"), bytes);
        for (int round = 0; round < Integer.parseInt(words[6]); round++) {
            StringBuilder line = new StringBuilder();
            for (Way way : Way.values()) {
                for (boolean up : new boolean[] {false, true}) {
                    double before = processorSeconds() + servers(keys, port);
                    double seconds = together(keys, port, folder, bytes, connections, up, way);
                    double used = processorSeconds() + servers(keys, port) - before;
                    double gigabytes = connections * bytes / 1e9;
                    line.append(String.format(Locale.ROOT, "%.0f %.2f ", 1e3 * gigabytes / seconds, used / gigabytes));
                }
            }
            System.out.println(line.toString().strip());
        }
        System.exit(0);
    }

    private static double processorSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    private static double servers(SSLContext keys, int port) throws IOException {
        try (SSLSocket socket = (SSLSocket) keys.getSocketFactory().createSocket("localhost", port)) {
            new DataOutputStream(socket.getOutputStream()).writeInt(ASKS_FOR_PROCESSOR_TIME);
            return new DataInputStream(socket.getInputStream()).readDouble();
        }
    }

    private static void fill(Path file, long bytes) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            byte[] chunk = new byte[CHUNK];
            new Random(1).nextBytes(chunk);
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
                    serve(socket, folder);
                } catch (IOException e) {
                    e.printStackTrace(); // the other end sees only that the connection is closed
                }
            });
        }
    }

    private static void serve(SSLSocket socket, Path folder) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        int asked = in.readInt();
        if (asked == ASKS_FOR_PROCESSOR_TIME) {
            out.writeDouble(processorSeconds());
            return;
        }
        Way way = Way.values()[asked];
        boolean up = in.readBoolean();
        int number = in.readInt();
        long bytes = in.readLong();
        if (up) {
            take(in, bytes, way, folder.resolve("up-" + number));
            out.write(1);
        } else {
            give(out, bytes, way, folder.resolve("source"));
            in.read();
        }
    }

    /** The seconds that it took. */
    private static double together(
            SSLContext keys, int port, Path folder, long bytes, int connections, boolean up, Way way) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        long begun = System.nanoTime();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            int number = i;
            running.add(threads.submit(() -> {
                one(keys, port, folder, bytes, number, up, way);
                return true;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
        threads.shutdown();
        return (System.nanoTime() - begun) / 1e9;
    }

    private static void one(SSLContext keys, int port, Path folder, long bytes, int number, boolean up, Way way)
            throws IOException {
        try (SSLSocket socket = (SSLSocket) keys.getSocketFactory().createSocket("localhost", port)) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            out.writeInt(way.ordinal());
            out.writeBoolean(up);
            out.writeInt(number);
            out.writeLong(bytes);
            if (up) {
                give(out, bytes, way, folder.resolve("source"));
                in.read();
            } else {
                take(in, bytes, way, folder.resolve("down-" + number));
                out.write(1);
            }
        }
    }

    private static void give(OutputStream out, long bytes, Way way, Path source) throws IOException {
        byte[] chunk = new byte[CHUNK];
        MessageDigest digest = sha256();
        try (FileChannel in = FileChannel.open(source)) {
            for (long at = 0; at < bytes; at += CHUNK) {
                if (way.files()) {
                    in.read(ByteBuffer.wrap(chunk), at);
                }
                if (way.checks()) {
                    digest.update(chunk);
                }
                out.write(chunk);
            }
        }
        out.write(digest.digest());
        out.flush();
    }

    private static void take(DataInputStream in, long bytes, Way way, Path target) throws IOException {
        byte[] chunk = new byte[CHUNK];
        MessageDigest digest = sha256();
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long at = 0; at < bytes; at += CHUNK) {
                in.readFully(chunk);
                if (way.checks()) {
                    digest.update(chunk);
                }
                if (way.files()) {
                    out.write(ByteBuffer.wrap(chunk), at);
                }
            }
            byte[] told = in.readNBytes(digest.getDigestLength());
            if (!Arrays.equals(told, digest.digest())) {
                throw new IOException("the bytes are not those that were sent");
            }
            if (way.files()) {
                out.force(true);
            }
        }
        Files.delete(target);
    }

    private static MessageDigest sha256() throws IOException {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }
}
