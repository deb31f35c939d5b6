import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.transport.Connection;
import io.weft.api.transport.Listening;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.exchange.Transfer;
import io.weft.tensor.Safetensors;
import io.weft.transport.mina.MinaTransport;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;

/** One end of benchmarks/model_exchange: {@code send KEYS MODEL} or {@code receive KEYS MODEL URI FILE}. */
final class ModelExchange {

    public static void main(String[] words) throws Exception {
        SSLContext keys = Keys.read(Path.of(words[1]));
        Path model = Path.of(words[2]);
        if (words[0].equals("send")) {
            send(keys, model);
        } else {
            receive(keys, model, URI.create(words[3]), Path.of(words[4]));
        }
        System.exit(0);
    }

    private static void send(SSLContext keys, Path model) throws Exception {
        Semaphore over = new Semaphore(0);
        Listening listening = new MinaTransport()
                .listen(URI.create("weft://localhost:0"), Optional.of(keys), connection -> offer(connection, model, over));
        System.out.println(listening.at());
        over.acquire();
        System.out.printf(Locale.ROOT, "sender: peak memory %.1f MB%n", peak());
    }

    private static void offer(Connection connection, Path model, Semaphore over) {
        Link.over(connection, Link.End.ACCEPTED, "sender", new Service() {

            @Override
            public Message answer(Message request, Cancellation cancellation) {
                over.release();
                return new Message.Accepted();
            }

            @Override
            public TensorReader open(String resource) throws IOException {
                return Safetensors.openCheckpoint(model);
            }

            @Override
            public void notice(Message notice) {}

            @Override
            public void closed() {}
        });
    }

    /** The manifest is what both ends agreed upon before; the file's header has it. */
    private static void receive(SSLContext keys, Path model, URI at, Path file) throws Exception {
        Manifest manifest;
        try (TensorReader agreed = Safetensors.openCheckpoint(model)) {
            manifest = agreed.manifest();
        }
        long begun = System.nanoTime();
        Connection connection = new MinaTransport().dial(at, Optional.of(keys));
        try (Link link = Link.over(connection, Link.End.DIALED, "receiver", new Nothing());
                TensorWriter writer = Safetensors.createCheckpoint(file, manifest.tensors())) {
            link.pull(new Transfer("model", manifest.tensors(), Transfer.Sink.into(writer)), new Cancellation());
            double received = (System.nanoTime() - begun) / 1e9;
            writer.commit();
            double durable = (System.nanoTime() - begun) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "%.0f MB received and checked in %.1f s (%.0f MB/s), on the disk after %.1f s%n",
                    manifest.bytes() / 1e6,
                    received,
                    manifest.bytes() / 1e6 / received,
                    durable);
            System.out.printf(Locale.ROOT, "receiver: peak memory %.1f MB%n", peak());
            link.ask(new Message.Leave("job", true), Message.Accepted.class, new Cancellation());
        }
    }

    private static final class Nothing implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) throws IOException {
            throw new IOException("nothing is answered");
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

    /** The most memory that this process had, mapped pages included, in 10^6 bytes. */
    private static double peak() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D+", "")) * 1024 / 1e6;
            }
        }
        return -1;
    }
}
