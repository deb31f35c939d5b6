package io.weft.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LinkTest {

    private static final List<TensorSpec> TENSORS = List.of(
            TensorSpec.of("large", DType.F32, Shape.of(3_000_001)),
            TensorSpec.of("empty", DType.F32, Shape.of(0, 4)),
            TensorSpec.of("odd", DType.U8, Shape.of(1_000_003)));

    private static final long BYTES = 4 * 3_000_001L + 1_000_003L;

    private final Cancellation never = new Cancellation();

    /** Offers one model. */
    private static Service offering(TensorReader model) {
        return new Pair.Silent() {
            @Override
            public TensorReader open(String resource) {
                if (!resource.equals("model")) {
                    throw new Refusal("there is no '" + resource + "'");
                }
                return model;
            }
        };
    }

    /** Checks every byte as it arrives. */
    private static final class Checked implements Transfer.Sink {

        private final AtomicLong bytes = new AtomicLong();

        @Override
        public void write(TensorSpec tensor, long offset, ByteBuffer piece) {
            for (long at = offset; piece.hasRemaining(); at++) {
                assertEquals(Ramp.at(tensor, at), piece.get(), "byte " + at + " of " + tensor.name());
                bytes.incrementAndGet();
            }
        }
    }

    @Test
    void pullsTensorsAndCountsTheirBytes() throws Exception {
        try (Pair pair = Pair.serving(offering(new Ramp(TENSORS)))) {
            Checked sink = new Checked();
            Message.Pulled pulled = pair.asking().pull(new Transfer("model", TENSORS, sink), never);
            assertEquals(BYTES, sink.bytes.get());
            assertEquals(BYTES, pulled.logicalBytes());
            assertTrue(pulled.wireBytes() > BYTES && pulled.wireBytes() < BYTES * 1.001);
        }
    }

    private static List<byte[]> digests() throws Exception {
        List<byte[]> digests = new ArrayList<>();
        for (TensorSpec tensor : TENSORS) {
            ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
            new Ramp(TENSORS).readBytes(tensor, 0, bytes);
            digests.add(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        }
        return digests;
    }

    @Test
    void sendsTheDigestsThatComeWithAModelAndKeepsThoseThatItReceives() throws Exception {
        List<byte[]> digests = digests();
        try (Pair pair = Pair.serving(offering(new Digested(new Ramp(TENSORS), digests)))) {
            Checked sink = new Checked();
            Transfer transfer = new Transfer("model", TENSORS, sink);
            pair.asking().pull(transfer, never);
            assertEquals(BYTES, sink.bytes.get());
            assertEquals(digests.stream().map(HexFormat.of()::formatHex).toList(), transfer.digests());
        }
    }

    @Test
    void refusesATensorWhoseKnownDigestIsNotThatOfItsBytes() throws Exception {
        List<byte[]> digests = digests();
        digests.set(2, digests.get(0));
        try (Pair pair = Pair.serving(offering(new Digested(new Ramp(TENSORS), digests)))) {
            Exception refused = assertThrows(
                    IOException.class, () -> pair.asking().pull(new Transfer("model", TENSORS, new Checked()), never));
            assertTrue(refused.getMessage().contains("tensor 'odd' arrived with SHA-256"), refused.getMessage());
        }
    }

    @Test
    void takesAFileOfTheSameProcessWithoutACopyAndCountsItsFrames(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("model.safetensors");
        try (TensorWriter out = Safetensors.createScratch(file, TENSORS)) {
            for (TensorSpec tensor : TENSORS) {
                out.writeBytes(tensor, 0, ByteBuffer.allocate((int) tensor.bytes()));
            }
            out.commit();
        }
        Path taken = folder.resolve("taken.safetensors");
        Service opening = new Pair.Silent() {
            @Override
            public TensorReader open(String resource) throws IOException {
                return Safetensors.open(file, TENSORS);
            }
        };
        try (Pair pair = Pair.serving(opening);
                TensorWriter into = Safetensors.createScratch(taken, TENSORS)) {
            // Comes in frames, and shows that the other end is there, which offers its files from then on.
            Message.Pulled sent =
                    pair.asking().pull(new Transfer("model", TENSORS, (tensor, offset, piece) -> {}), never);
            Message.Pulled handed = pair.asking().pull(new Transfer("model", TENSORS, Transfer.Sink.into(into)), never);
            into.commit();
            assertEquals(sent.logicalBytes(), handed.logicalBytes());
            assertEquals(sent.wireBytes(), handed.wireBytes());
        }
        assertTrue(Files.isSameFile(file, taken));
        try (Stream<Path> names = Files.list(folder)) {
            assertEquals(2, names.count());
        }
    }

    @Test
    void goesOnAtTheLastByteAfterABrokenLink() throws Exception {
        AtomicInteger reopened = new AtomicInteger();
        Ramp model = new Ramp(TENSORS);
        Checked sink = new Checked();
        Pair[] first = new Pair[1];
        Transfer transfer = new Transfer("model", TENSORS, (tensor, offset, piece) -> {
            if (offset >= 6 << 20 && reopened.getAndIncrement() == 0) {
                first[0].close();
            }
            sink.write(tensor, offset, piece);
        });
        first[0] = Pair.serving(offering(model));
        assertThrows(LinkClosed.class, () -> first[0].asking().pull(transfer, never));
        long before = sink.bytes.get();
        assertTrue(before >= 6 << 20 && before < BYTES, before + " bytes");
        try (Pair second = Pair.serving(offering(model))) {
            Message.Pulled pulled = second.asking().pull(transfer, never);
            assertEquals(BYTES, sink.bytes.get(), "nothing is taken twice");
            assertEquals(BYTES, pulled.logicalBytes());
        }
    }

    @Test
    void neverHasMoreUnderWayThanTheWindow() throws Exception {
        AtomicLong read = new AtomicLong();
        AtomicLong written = new AtomicLong();
        AtomicLong most = new AtomicLong();
        List<TensorSpec> huge = List.of(TensorSpec.of("huge", DType.F32, Shape.of(16 << 20)));
        TensorReader counting = new Counting(new Ramp(huge), read);
        try (Pair pair = Pair.serving(offering(counting))) {
            Transfer transfer = new Transfer("model", huge, (tensor, offset, piece) -> {
                most.accumulateAndGet(read.get() - written.get(), Math::max);
                written.addAndGet(piece.remaining());
            });
            pair.asking().pull(transfer, never);
        }
        assertEquals(64 << 20, written.get());
        assertTrue(most.get() <= (4 << 20) + Sending.CHUNK, most + " bytes were under way");
    }

    /** Counts the bytes that were read. */
    private record Counting(Ramp model, AtomicLong read) implements TensorReader {

        @Override
        public Manifest manifest() {
            return model.manifest();
        }

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) {
            model.read(tensor, first, into, count);
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) {
            read.addAndGet(into.remaining());
            into.position(into.limit());
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    @Test
    void refusesTensorsThatWereNotAgreedUpon() throws Exception {
        List<TensorSpec> other = List.of(TensorSpec.of("large", DType.F32, Shape.of(7)));
        try (Pair pair = Pair.serving(offering(new Ramp(TENSORS)))) {
            Refusal refusal = assertThrows(Refusal.class, () -> pair.asking()
                    .pull(new Transfer("model", other, (tensor, offset, piece) -> {}), never));
            assertEquals("tensor 'large' is F32 [3000001] where F32 [7] was agreed upon", refusal.getMessage());
            assertTrue(pair.asking().isOpen());
        }
    }

    @Test
    void namesATensorThatIsMissing() throws Exception {
        List<TensorSpec> more = List.of(TENSORS.get(1), TensorSpec.of("bias", DType.F32, Shape.of(7)));
        try (Pair pair = Pair.serving(offering(new Ramp(List.of(TENSORS.get(1)))))) {
            Refusal refusal = assertThrows(Refusal.class, () -> pair.asking()
                    .pull(new Transfer("model", more, (tensor, offset, piece) -> {}), never));
            assertEquals("tensor 'bias' is missing: 1 of 2 tensors came", refusal.getMessage());
            assertTrue(pair.asking().isOpen());
        }
    }

    @Test
    void waitsUntilTheOtherEndHasStoppedWhatIsOfNoUse() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        Cancellation withdrawal = new Cancellation();
        Service late = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) throws InterruptedException {
                cancellation.onCancel(told::countDown);
                withdrawal.cancel();
                told.await();
                return new Message.Accepted();
            }
        };
        try (Pair pair = Pair.serving(late)) {
            assertEquals(
                    new Message.Accepted(),
                    pair.asking().ask(new Message.Accepted(), Message.Accepted.class, never, withdrawal));
        }
    }

    @Test
    void tellsOfAnErrorAtTheOtherEnd() throws Exception {
        Service broken = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) {
                throw new NoClassDefFoundError("com/example/Missing");
            }
        };
        try (Pair pair = Pair.serving(broken)) {
            IOException failure = assertThrows(
                    IOException.class, () -> pair.asking().ask(new Message.Accepted(), Message.Accepted.class, never));
            assertEquals("java.lang.NoClassDefFoundError: com/example/Missing", failure.getMessage());
        }
    }

    @Test
    void keepsTheLinkWhenASinkFails() throws Exception {
        try (Pair pair = Pair.serving(offering(new Ramp(TENSORS)))) {
            Transfer failing = new Transfer("model", TENSORS, (tensor, offset, piece) -> {
                throw new IOException("no space left on device");
            });
            IOException failure =
                    assertThrows(IOException.class, () -> pair.asking().pull(failing, never));
            assertEquals("no space left on device", failure.getMessage());
            Checked sink = new Checked();
            pair.asking().pull(new Transfer("model", TENSORS, sink), never);
            assertEquals(BYTES, sink.bytes.get());
        }
    }

    @Test
    void passesARefusalOn() throws Exception {
        try (Pair pair = Pair.serving(offering(new Ramp(TENSORS)))) {
            Transfer missing = new Transfer("other", TENSORS, (tensor, offset, piece) -> {});
            Refusal refusal = assertThrows(Refusal.class, () -> pair.asking().pull(missing, never));
            assertEquals("there is no 'other'", refusal.getMessage());
        }
    }

    @Test
    void carriesMessagesLargerThanAFrame() throws Exception {
        String large = "x".repeat(3 << 20);
        Service echo = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) {
                return request;
            }
        };
        try (Pair pair = Pair.serving(echo)) {
            Message.Prepare sent =
                    new Message.Prepare("job", large, "job.yaml", 0, List.of(), List.of(), Message.Submitter.NOBODY);
            assertEquals(sent, pair.asking().ask(sent, Message.Prepare.class, never));
        }
    }

    @Test
    void tellsTheOtherEndThatNobodyWantsTheAnswer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        Service patient = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) throws InterruptedException {
                cancellation.onCancel(told::countDown);
                asked.countDown();
                told.await();
                throw new CancellationException("stopped");
            }
        };
        try (Pair pair = Pair.serving(patient)) {
            Cancellation cancellation = new Cancellation();
            Thread stopper = new Thread(
                    () -> {
                        try {
                            asked.await();
                            cancellation.cancel();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "stopper");
            stopper.start();
            Message request = new Message.RunTask("job", 1, 1, "train", new TreeMap<>(), "model", Message.Coded.NOT);
            assertThrows(CancellationException.class, () -> pair.asking()
                    .ask(request, Message.TaskDone.class, cancellation));
            told.await();
            stopper.join();
        }
    }

    @Test
    void failsWhatWaitsWhenTheOtherEndIsGone() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        Pair[] pair = new Pair[1];
        Service leaving = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) {
                asked.countDown();
                pair[0].close();
                return new Message.Accepted();
            }
        };
        pair[0] = Pair.serving(leaving);
        assertThrows(LinkClosed.class, () -> pair[0].asking()
                .ask(new Message.Leave("job", true), Message.Accepted.class, never));
        assertFalse(pair[0].asking().isOpen());
        assertThrows(LinkClosed.class, () -> pair[0].asking()
                .ask(new Message.Leave("job", true), Message.Accepted.class, never));
    }

    @Test
    void sendsTwoStreamsAtATime() throws Exception {
        List<TensorSpec> some = Collections.nCopies(1, TensorSpec.of("some", DType.U8, Shape.of(5 << 20)));
        try (Pair pair = Pair.serving(offering(new Ramp(some)))) {
            Checked one = new Checked();
            Checked other = new Checked();
            Thread beside = new Thread(
                    () -> {
                        try {
                            pair.asking().pull(new Transfer("model", some, other), never);
                        } catch (IOException | InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    "beside");
            beside.start();
            pair.asking().pull(new Transfer("model", some, one), never);
            beside.join();
            assertEquals(5 << 20, one.bytes.get());
            assertEquals(5 << 20, other.bytes.get());
        }
    }

    @Test
    void controlPassesWhileAStreamNeverEnds() throws Exception {
        List<TensorSpec> endless = List.of(TensorSpec.of("endless", DType.U8, Shape.of(1L << 50)));
        AtomicLong streamed = new AtomicLong();
        Service both = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) {
                return request;
            }

            @Override
            public TensorReader open(String resource) {
                return new Blank(endless);
            }
        };
        try (Pair pair = Pair.serving(both)) {
            Cancellation enough = new Cancellation();
            CountDownLatch flows = new CountDownLatch(1);
            Transfer transfer = new Transfer("endless", endless, (tensor, offset, piece) -> {
                streamed.addAndGet(piece.remaining());
                flows.countDown();
            });
            Thread beside = new Thread(
                    () -> assertThrows(
                            CancellationException.class, () -> pair.asking().pull(transfer, enough)),
                    "beside");
            beside.start();
            flows.await();
            for (int i = 0; i < 200; i++) {
                Message.Release request = new Message.Release("job", "update " + i);
                assertEquals(request, pair.asking().ask(request, Message.Release.class, never));
            }
            enough.cancel();
            beside.join();
        }
    }

    @Test
    @Timeout(300)
    void carriesATensorOfMoreThanTwoGigabytes() throws Exception {
        long bytes = (1L << 31) + 12_345;
        List<TensorSpec> large = List.of(TensorSpec.of("large", DType.U8, Shape.of(bytes)));
        AtomicLong last = new AtomicLong();
        Transfer transfer =
                new Transfer("model", large, (tensor, offset, piece) -> last.set(offset + piece.remaining()));
        try (Pair pair = Pair.serving(offering(new Blank(large)))) {
            assertEquals(bytes, pair.asking().pull(transfer, never).logicalBytes());
        }
        assertEquals(bytes, last.get());
    }

    /** Tensors whose bytes are whatever lies in the buffer: any size, no time. */
    private record Blank(List<TensorSpec> tensors) implements TensorReader {

        @Override
        public Manifest manifest() {
            return new Manifest("blank", tensors, List.of(), "");
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
}
