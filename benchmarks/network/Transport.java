import com.sun.management.OperatingSystemMXBean;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.exchange.Transfer;
import io.weft.transport.mina.MinaTransport;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** One end of benchmarks/transport. */
final class Transport {

    private static final int CHUNK = 256 << 10;

    private static final int CHUNKS = 4096;

    private static final long BYTES = (long) CHUNK * CHUNKS;

    private static final List<TensorSpec> TENSORS = List.of(TensorSpec.of("tensor", DType.U8, Shape.of(BYTES)));

    public static void main(String[] arguments) throws Exception {
        SSLContext keys = Keys.read(Path.of(arguments[1]));
        if (arguments[0].equals("receive")) {
            receive(keys);
        } else {
            send(keys, Integer.parseInt(arguments[2]), URI.create(arguments[3]), Integer.parseInt(arguments[4]));
        }
    }

    /** Takes what comes until the other process says that it is over. */
    private static void receive(SSLContext keys) throws Exception {
        SSLServerSocket plain = (SSLServerSocket) keys.getServerSocketFactory().createServerSocket(0);
        plain.setNeedClientAuth(true);
        plain.setEnabledProtocols(new String[] {"TLSv1.3"});
        plain.setEnabledCipherSuites(new String[] {"TLS_AES_128_GCM_SHA256"});
        Semaphore over = new Semaphore(0);
        Listening listening = new MinaTransport()
                .listen(URI.create("weft://localhost:0"), Optional.of(keys), connection -> accepted(connection, over));
        System.out.println(plain.getLocalPort() + " " + listening.at());
        System.out.flush();
        Thread rounds = new Thread(() -> plain(plain), "plain");
        rounds.setDaemon(true);
        rounds.start();
        over.acquire();
        System.out.printf(Locale.ROOT, "peak memory of the receiver %d MiB%n", peak());
        System.exit(0);
    }

    private static void plain(SSLServerSocket server) {
        byte[] chunk = new byte[CHUNK];
        while (true) {
            try (SSLSocket socket = (SSLSocket) server.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                CRC32C crc = new CRC32C();
                for (int i = 0; i < CHUNKS; i++) {
                    in.readFully(chunk);
                    crc.reset();
                    crc.update(chunk);
                }
                socket.getOutputStream().write(1);
            } catch (IOException e) {
                e.printStackTrace();
                return;
            }
        }
    }

    /** The first frame says what the connection is for. */
    private static void accepted(Connection connection, Semaphore over) {
        connection.onFrame(new java.util.function.Consumer<>() {
            private final CRC32C crc = new CRC32C();
            private int frames;

            @Override
            public void accept(ByteBuffer frame) {
                if (frame.remaining() == 1) {
                    Pulling pulling = new Pulling(over);
                    pulling.link.complete(Link.over(connection, Link.End.ACCEPTED, "receiver", pulling));
                    return;
                }
                crc.reset();
                crc.update(frame);
                if (++frames == CHUNKS) {
                    connection.send(ByteBuffer.allocate(1));
                }
            }
        });
    }

    private static final class Pulling implements Service {

        private final CompletableFuture<Link> link = new CompletableFuture<>();
        private final Semaphore over;

        Pulling(Semaphore over) {
            this.over = over;
        }

        @Override
        public Message answer(Message request, Cancellation cancellation) throws IOException, InterruptedException {
            if (request instanceof Message.Leave) {
                over.release();
                return new Message.Accepted();
            }
            link.join().pull(new Transfer("tensor", TENSORS, (tensor, offset, piece) -> {}), cancellation);
            return new Message.Accepted();
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            throw new IOException("nothing is offered");
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}
    }

    private interface Way {
        void send() throws Exception;
    }

    private static void send(SSLContext keys, int port, URI mina, int rounds) throws Exception {
        List<double[]> rates = new ArrayList<>();
        System.out.println("round  socket  frames  link MB/s   socket  frames  link: the sender's processor seconds; 1 GB each");
        for (int round = 1; round <= rounds; round++) {
            double[] rate = new double[6];
            measure(rate, 0, () -> socket(keys, port));
            measure(rate, 1, () -> frames(keys, mina));
            measure(rate, 2, () -> link(keys, mina, false));
            rates.add(rate);
            System.out.printf(
                    Locale.ROOT,
                    "%5d  %6.0f  %6.0f  %9.0f   %6.2f  %6.2f  %4.2f%n",
                    round,
                    rate[0],
                    rate[1],
                    rate[2],
                    rate[3],
                    rate[4],
                    rate[5]);
        }
        List<double[]> warm = rates.subList(rounds / 2, rounds);
        double socket = median(warm, 0);
        System.out.printf(
                Locale.ROOT,
                "median of the last %d: frames %.2f of the socket's rate, link with SHA-256 %.2f; processor time %.2f, %.2f%n",
                warm.size(),
                median(warm, 1) / socket,
                median(warm, 2) / socket,
                median(warm, 4) / median(warm, 3),
                median(warm, 5) / median(warm, 3));
        System.out.printf(Locale.ROOT, "peak memory of the sender %d MiB%n", peak());
        link(keys, mina, true);
        System.exit(0);
    }

    private static double median(List<double[]> rates, int column) {
        double[] sorted = rates.stream().mapToDouble(rate -> rate[column]).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** The rate in MB/s, and beside it, three places on, the processor time that this process took, in seconds. */
    private static void measure(double[] into, int place, Way way) throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long begin = System.nanoTime();
        way.send();
        into[place] = BYTES * 1e3 / (System.nanoTime() - begin);
        into[place + 3] = (system.getProcessCpuTime() - cpu) / 1e9;
    }

    private static void socket(SSLContext keys, int port) throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (SSLSocket socket = (SSLSocket) keys.getSocketFactory().createSocket("localhost", port)) {
            OutputStream out = socket.getOutputStream();
            CRC32C crc = new CRC32C();
            for (int i = 0; i < CHUNKS; i++) {
                Arrays.fill(chunk, 0, 8, (byte) i);
                crc.reset();
                crc.update(chunk);
                out.write(chunk);
            }
            socket.getInputStream().read();
        }
    }

    private static void frames(SSLContext keys, URI mina) throws Exception {
        Semaphore writable = new Semaphore(0);
        Semaphore received = new Semaphore(0);
        try (Connection connection = new MinaTransport().dial(mina, Optional.of(keys))) {
            connection.onWritable(writable::release);
            connection.onFrame(frame -> received.release());
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK + 24);
            CRC32C crc = new CRC32C();
            for (int i = 0; i < CHUNKS; i++) {
                Arrays.fill(chunk.array(), 0, 8, (byte) i);
                crc.reset();
                crc.update(chunk.array());
                while (!connection.send(chunk.clear())) {
                    writable.acquire();
                }
            }
            received.acquire();
        }
    }

    private static void link(SSLContext keys, URI mina, boolean last) throws Exception {
        Connection connection = new MinaTransport().dial(mina, Optional.of(keys));
        connection.send(ByteBuffer.allocate(1));
        try (Link link = Link.over(connection, Link.End.DIALED, "sender", new Offering())) {
            Message request = last ? new Message.Leave("job", true) : new Message.Accepted();
            link.ask(request, Message.Accepted.class, new Cancellation());
        }
    }

    /** Offers one tensor of whatever lies in the buffer. */
    private static final class Offering implements Service, TensorReader {

        @Override
        public Message answer(Message request, Cancellation cancellation) throws IOException {
            throw new IOException("nothing is answered");
        }

        @Override
        public TensorReader open(String resource) {
            return this;
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}

        @Override
        public Manifest manifest() {
            return new Manifest("benchmark", TENSORS, List.of(), "");
        }

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) {
            into.position(into.limit());
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    /** The most memory that this process had, in MiB. */
    private static long peak() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D+", "")) >> 10;
            }
        }
        return -1;
    }
}
