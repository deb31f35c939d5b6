package io.weft.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.DType;
import io.weft.api.transport.Connection;
import io.weft.transport.local.LocalTransport;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Frames and messages as chance has spoilt them: each is taken or refused, and nothing else happens. {@code -Dweft.fuzz=N} tries N times as
 * many, {@code -Dweft.fuzz.seed=N} others.
 */
class FuzzTest {

    private static final int TIMES = Integer.getInteger("weft.fuzz", 1);

    private static final long SEED = Long.getLong("weft.fuzz.seed", 20_261_122L);

    private static final List<Message> MESSAGES = List.of(
            new Message.Hello("site-1"),
            new Message.Prepare(
                    "job",
                    "name: x",
                    "job.yaml",
                    3,
                    List.of(new Message.CarriedFile("a/b", 5, true)),
                    List.of(new Message.CarriedFile("first.safetensors", 16, false)),
                    Message.Submitter.NOBODY),
            new Message.Waiting("job", "a plugin is gone"),
            new Message.Pull("job/global/1", 7, 1L << 33, 1 << 20),
            new Message.TensorHeader(0, "model", "w", DType.F32, List.of(2L, 3L), 24),
            new Message.Step("job", 1, "train", 3, 4, new TreeMap<>()),
            new Message.Failure(Message.Failure.Kind.FAILED, "why"));

    private static final List<Frame.Type> TYPES = List.of(Frame.Type.values());

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void aSpoiltMessageIsReadOrRefused() {
        int refused = 0;
        int cases = 20_000 * TIMES;
        for (int i = 0; i < cases; i++) {
            byte[] bytes = spoilt(Messages.encode(MESSAGES.get(random.nextInt(MESSAGES.size()))));
            try {
                Messages.decode(bytes);
            } catch (ProtocolException e) {
                refused++;
            }
        }
        assertTrue(refused > cases / 4, refused + " of " + cases);
    }

    @Test
    void aSpoiltFrameIsReadOrRefused() {
        int cases = 20_000 * TIMES;
        for (int i = 0; i < cases; i++) {
            byte[] payload = new byte[random.nextInt(300)];
            random.nextBytes(payload);
            ByteBuffer frame = frame(payload);
            byte[] bytes = new byte[frame.remaining()];
            frame.get(bytes);
            byte[] broken = spoilt(bytes);
            boolean same = Arrays.equals(bytes, broken);
            boolean read = true;
            try {
                Frame.parse(ByteBuffer.wrap(broken));
            } catch (ProtocolException e) {
                read = false;
            }
            assertEquals(same, read, "case " + i);
        }
    }

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void aLinkThatIsSentAnythingStaysOrEnds() throws Exception {
        for (int i = 0; i < 200 * TIMES; i++) {
            CountDownLatch closed = new CountDownLatch(1);
            LocalTransport transport = new LocalTransport();
            URI address = URI.create("local:fuzz");
            AtomicReference<Connection> accepted = new AtomicReference<>();
            transport.listen(address, Optional.empty(), accepted::set);
            try (Connection dialed = transport.dial(address, Optional.empty())) {
                Link.over(accepted.get(), Link.End.ACCEPTED, "fuzzed", new Pair.Silent() {
                    @Override
                    public Message answer(Message request, Cancellation cancellation) {
                        return request;
                    }

                    @Override
                    public void closed() {
                        closed.countDown();
                    }
                });
                dialed.onFrame(frame -> {});
                dialed.send(new Opening(ProtocolVersion.OWN, new UUID(i, i), 0, false).frame());
                for (int k = 0; k < 40; k++) {
                    dialed.send(anyFrame());
                }
            }
            closed.await(); // its threads are alive, or this is never told
        }
    }

    /** A frame whose checksum is right, about one of few streams. */
    private ByteBuffer anyFrame() {
        byte[] payload = Messages.encode(MESSAGES.get(random.nextInt(MESSAGES.size())));
        return frame(random.nextBoolean() ? payload : spoilt(payload));
    }

    private ByteBuffer frame(byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER + payload.length);
        frame.position(Frame.HEADER).put(payload);
        return Frame.seal(
                frame,
                TYPES.get(random.nextInt(TYPES.size())),
                random.nextInt(3),
                random.nextInt(8),
                random.nextBoolean() ? random.nextInt(4) : random.nextLong());
    }

    private byte[] spoilt(byte[] good) {
        List<Byte> bytes = new ArrayList<>();
        for (byte one : good) {
            bytes.add(one);
        }
        for (int changes = random.nextInt(4); changes >= 0; changes--) {
            int at = bytes.isEmpty() ? 0 : random.nextInt(bytes.size());
            switch (random.nextInt(5)) {
                case 0 -> bytes.add(at, (byte) random.nextInt());
                case 1 -> bytes.subList(at, bytes.size()).clear();
                case 2 -> bytes.addAll(at, List.copyOf(bytes.subList(at, bytes.size())));
                default -> {
                    if (!bytes.isEmpty()) {
                        bytes.set(at, (byte) random.nextInt());
                    }
                }
            }
        }
        byte[] bad = new byte[bytes.size()];
        for (int i = 0; i < bad.length; i++) {
            bad[i] = bytes.get(i);
        }
        return bad;
    }
}
