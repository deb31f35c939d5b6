package io.weft.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.api.transport.Connection;
import io.weft.transport.local.LocalTransport;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the two ends of a link say first, and what an end does that meets a stranger. */
@Timeout(60)
class OpeningTest {

    private static final URI ADDRESS = URI.create("local:opening");

    private static final UUID KEY = new UUID(1, 2);

    private final Cancellation never = new Cancellation();
    private final CountDownLatch closed = new CountDownLatch(1);

    private final Service echo = new Pair.Silent() {
        @Override
        public Message answer(Message request, Cancellation cancellation) {
            return request;
        }

        @Override
        public void closed() {
            closed.countDown();
        }
    };

    /** Dials an end that speaks that version. */
    private Connection dialed(ProtocolVersion version) throws Exception {
        LocalTransport transport = new LocalTransport();
        AtomicReference<Connection> accepted = new AtomicReference<>();
        transport.listen(ADDRESS, Optional.empty(), accepted::set);
        Connection dialed = transport.dial(ADDRESS, Optional.empty());
        Link.over(accepted.get(), Link.End.ACCEPTED, "server", echo, version);
        return dialed;
    }

    private Message asked(ProtocolVersion site, ProtocolVersion server) throws Exception {
        try (Link link = Link.over(dialed(server), Link.End.DIALED, "site", new Pair.Silent(), site)) {
            return link.ask(new Message.Accepted(), Message.Accepted.class, never);
        }
    }

    @Test
    void endsOneMinorVersionApartWorkTogether() throws Exception {
        ProtocolVersion earlier = new ProtocolVersion(3, 1);
        ProtocolVersion later = new ProtocolVersion(3, 2);
        assertEquals(new Message.Accepted(), asked(earlier, later));
        assertEquals(new Message.Accepted(), asked(later, earlier));
        assertEquals(earlier, earlier.with("server", later, "site"));
        assertEquals(earlier, later.with("server", earlier, "site"));
    }

    @Test
    void anotherMajorVersionIsRefusedWithBoth() {
        Refusal refusal =
                assertThrows(Refusal.class, () -> asked(new ProtocolVersion(2, 0), new ProtocolVersion(1, 4)));
        assertEquals(
                "server speaks version 1.4 of the protocol, and the other end version 2.0; the number before the point must be"
                        + " the same: install the same release of Weft at both",
                refusal.getMessage());
    }

    @Test
    void aLaterMinorVersionMaySayMoreWhenItOpens() throws Exception {
        ByteBuffer longer = ByteBuffer.allocate(100)
                .putShort((short) 1)
                .putShort((short) 9)
                .putLong(1)
                .putLong(2);
        Opening opening = Opening.parse(Frame.parse(
                Frame.of(Frame.Type.OPEN, 0, 0, 5, longer.position(100).flip())));
        assertEquals(new Opening(new ProtocolVersion(1, 9), KEY, 5, false), opening);
    }

    @Test
    void comesBackAsItWasMade() throws Exception {
        Opening opening = new Opening(new ProtocolVersion(65_535, 7), UUID.randomUUID(), 1L << 40, true);
        assertEquals(opening, Opening.parse(Frame.parse(opening.frame(), Frame.MAX_GREETING)));
    }

    @Test
    void anythingElseThanAnOpeningEndsTheConnection() throws Exception {
        assertEnded(Frame.of(Frame.Type.NOTICE, 0, 0, 0, ByteBuffer.wrap(Messages.encode(new Message.Accepted()))));
    }

    @Test
    void anOpeningThatIsTooLargeEndsTheConnection() throws Exception {
        assertEnded(Frame.of(Frame.Type.OPEN, 0, 0, 0, ByteBuffer.allocate(Frame.MAX_GREETING + 1)));
    }

    @Test
    void anOpeningThatIsCutEndsTheConnection() throws Exception {
        assertEnded(Frame.of(Frame.Type.OPEN, 0, 0, 0, ByteBuffer.allocate(19)));
    }

    private void assertEnded(ByteBuffer first) throws Exception {
        Connection dialed = dialed(ProtocolVersion.OWN);
        CountDownLatch ended = new CountDownLatch(1);
        dialed.onClosed(ended::countDown);
        dialed.onFrame(frame -> {});
        dialed.send(first);
        ended.await();
    }

    @Test
    void aRequestThatComesTwiceEndsTheLink() throws Exception {
        Connection dialed = dialed(ProtocolVersion.OWN);
        BlockingQueue<Frame.Type> answers = new LinkedBlockingQueue<>();
        dialed.onFrame(frame -> answers.add(type(frame)));
        dialed.send(new Opening(ProtocolVersion.OWN, KEY, 0, false).frame());
        ByteBuffer request =
                Frame.of(Frame.Type.REQUEST, 0, 1, 0, ByteBuffer.wrap(Messages.encode(new Message.Accepted())));
        dialed.send(request.duplicate());
        assertEquals(Frame.Type.OPENED, answers.take());
        assertEquals(Frame.Type.RECEIVED, answers.take());
        assertEquals(Frame.Type.ANSWER, answers.take());
        dialed.send(request.duplicate());
        closed.await();
    }

    @Test
    void aMessageOfALaterVersionIsRefusedAndTheLinkStays() throws Exception {
        byte[] unknown = Messages.encode(new Message.Accepted());
        byte[] name = "accepted".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        int at = new String(unknown, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("accepted");
        System.arraycopy("accepter".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, unknown, at, name.length);
        Connection dialed = dialed(ProtocolVersion.OWN);
        BlockingQueue<Message> failures = new LinkedBlockingQueue<>();
        dialed.onFrame(frame -> {
            if (type(frame) == Frame.Type.FAILURE) {
                failures.add(message(frame));
            }
        });
        dialed.send(new Opening(ProtocolVersion.OWN, KEY, 0, false).frame());
        for (int stream = 1; stream <= 3; stream += 2) {
            dialed.send(Frame.of(Frame.Type.NOTICE, 0, 0, 0, ByteBuffer.wrap(unknown)));
            dialed.send(Frame.of(Frame.Type.REQUEST, 0, stream, 0, ByteBuffer.wrap(unknown)));
            assertEquals(
                    new Message.Failure(
                            Message.Failure.Kind.REFUSED,
                            "this end speaks version " + ProtocolVersion.OWN
                                    + " of the protocol and does not know the message 'accepter'"),
                    failures.take());
        }
    }

    private static Frame.Type type(ByteBuffer bytes) {
        try {
            return Frame.parse(bytes).type();
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }

    private static Message message(ByteBuffer bytes) {
        try {
            ByteBuffer payload = Frame.parse(bytes).payload();
            byte[] copy = new byte[payload.remaining()];
            payload.get(copy);
            return Messages.decode(copy);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }
}
