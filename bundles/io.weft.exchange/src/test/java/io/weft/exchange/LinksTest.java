package io.weft.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links that outlive their connections. */
@Timeout(60)
class LinksTest {

    private static final List<TensorSpec> TENSORS = List.of(
            TensorSpec.of("large", DType.F32, Shape.of(4_000_001)),
            TensorSpec.of("odd", DType.U8, Shape.of(1_000_003)));

    private static final long BYTES = 4 * 4_000_001L + 1_000_003L;

    private static final Duration LONG = Duration.ofMinutes(5);

    private final Cancellation never = new Cancellation();
    private final Cuts cuts = new Cuts();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Dials at once, as often as wanted. */
    private static Redial eager() {
        return new Redial(new SplittableRandom(1), (time, end) -> end.getCount() == 0);
    }

    private Link linked(Service serving, Duration patience) throws Exception {
        Links links = new Links(patience, peer -> {});
        open.add(links);
        CountDownLatch opened = new CountDownLatch(1);
        cuts.listen(connection -> links.accept(connection, "server", serving, link -> opened.countDown()));
        Link link = Link.dialing(cuts::dial, eager(), "site", new Pair.Silent());
        open.add(link);
        opened.await();
        return link;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private static Service offering(TensorReader model) {
        return new Pair.Silent() {
            @Override
            public TensorReader open(String resource) {
                return model;
            }
        };
    }

    @Test
    void aTransferGoesOnAtTheByteWhereItStood() throws Exception {
        AtomicLong next = new AtomicLong(1 << 20);
        AtomicLong taken = new AtomicLong();
        AtomicLong read = new AtomicLong();
        TensorReader model = new CountingReader(new Ramp(TENSORS), read);
        Link link = linked(offering(model), LONG);
        Transfer transfer = new Transfer("model", TENSORS, (tensor, offset, piece) -> {
            for (long at = offset; piece.hasRemaining(); at++) {
                assertEquals(Ramp.at(tensor, at), piece.get(), "byte " + at + " of " + tensor.name());
                taken.incrementAndGet();
            }
            if (taken.get() >= next.get()) {
                next.addAndGet(3 << 20);
                cuts.cut();
            }
        });
        assertEquals(BYTES, link.pull(transfer, never).logicalBytes());
        assertEquals(BYTES, taken.get(), "nothing is taken twice");
        assertTrue(cuts.dialed() >= 5, cuts.dialed() + " connections");
    }

    @Test
    void requestsAndAnswersArriveOnceHoweverOftenItBreaks() throws Exception {
        AtomicInteger answered = new AtomicInteger();
        Random random = new Random(3);
        Service counting = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) {
                answered.incrementAndGet();
                if (random.nextInt(3) == 0) {
                    cuts.cut();
                }
                return request;
            }
        };
        Link link = linked(counting, LONG);
        for (int i = 0; i < 300; i++) {
            if (i % 5 == 0) {
                cuts.cut();
            }
            Message.Release request = new Message.Release("job", "update " + i + " " + "x".repeat(i * 700));
            assertEquals(request, link.ask(request, Message.Release.class, never));
        }
        assertEquals(300, answered.get());
        assertTrue(cuts.dialed() > 50, cuts.dialed() + " connections");
    }

    @Test
    void anAnswerThatIsReadyWhileThereIsNoConnectionComesOverTheNext() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cut = new CountDownLatch(1);
        Service slow = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) throws InterruptedException {
                asked.countDown();
                cut.await();
                return request;
            }
        };
        Link link = linked(slow, LONG);
        Thread cutter = new Thread(
                () -> {
                    try {
                        asked.await();
                        cuts.cut();
                        cut.countDown();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "cutter");
        cutter.start();
        assertEquals(new Message.Accepted(), link.ask(new Message.Accepted(), Message.Accepted.class, never));
        cutter.join();
    }

    @Test
    void theAcceptingEndGivesUpAfterSomeTime() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        linked(
                new Pair.Silent() {
                    @Override
                    public void closed() {
                        closed.countDown();
                    }
                },
                Duration.ofMillis(1));
        cuts.kill();
        closed.await();
    }

    @Test
    void theDialingEndGivesUpAfterAMinuteOfPauses() throws Exception {
        List<Duration> pauses = new ArrayList<>();
        CountDownLatch closed = new CountDownLatch(1);
        Links links = new Links(LONG, peer -> {});
        open.add(links);
        cuts.listen(connection -> links.accept(connection, "server", new Pair.Silent(), link -> {}));
        Redial recorded = new Redial(new SplittableRandom(5), (time, end) -> {
            pauses.add(time);
            return false;
        });
        Link link = Link.dialing(cuts::dial, recorded, "site", new Pair.Silent() {
            @Override
            public void closed() {
                closed.countDown();
            }
        });
        open.add(link);
        cuts.kill();
        closed.await();

        Duration longest = Duration.ofMillis(200);
        Duration sum = Duration.ZERO;
        for (Duration pause : pauses) {
            assertTrue(pause.compareTo(longest) <= 0, pause + " of at most " + longest);
            assertTrue(pause.compareTo(longest.dividedBy(2)) >= 0, pause + " of at least half of " + longest);
            longest = longest.multipliedBy(2).compareTo(Duration.ofSeconds(5)) < 0
                    ? longest.multipliedBy(2)
                    : Duration.ofSeconds(5);
            sum = sum.plus(pause);
        }
        assertTrue(sum.compareTo(Duration.ofSeconds(60)) >= 0, sum + " in all");
        assertTrue(sum.compareTo(Duration.ofSeconds(65)) < 0, sum + " in all");
        assertThrows(LinkClosed.class, () -> link.ask(new Message.Accepted(), Message.Accepted.class, never));
    }

    @Test
    void pausesDifferFromSiteToSite() throws Exception {
        List<List<Duration>> sites = new ArrayList<>();
        for (int seed = 0; seed < 2; seed++) {
            List<Duration> pauses = new ArrayList<>();
            Redial.Attempts attempts = new Redial(new SplittableRandom(seed), (time, end) -> {
                        pauses.add(time);
                        return false;
                    })
                    .attempts();
            for (int i = 0; i < 5; i++) {
                assertTrue(attempts.next(new CountDownLatch(1)));
            }
            sites.add(pauses);
        }
        assertFalse(sites.get(0).equals(sites.get(1)), sites.toString());
    }

    @Test
    void aServerThatWasRestartedDoesNotKnowTheLink() throws Exception {
        Links former = new Links(LONG, peer -> {});
        Links next = new Links(LONG, peer -> {});
        open.add(former);
        open.add(next);
        Service echo = new Pair.Silent() {
            @Override
            public Message answer(Message request, Cancellation cancellation) {
                return request;
            }
        };
        AtomicInteger connections = new AtomicInteger();
        cuts.listen(connection ->
                (connections.getAndIncrement() == 0 ? former : next).accept(connection, "server", echo, link -> {}));
        CountDownLatch closed = new CountDownLatch(1);
        Link link = Link.dialing(cuts::dial, eager(), "site", new Pair.Silent() {
            @Override
            public void closed() {
                closed.countDown();
            }
        });
        open.add(link);
        link.ask(new Message.Accepted(), Message.Accepted.class, never);
        cuts.cut();
        closed.await();
        LinkClosed gone =
                assertThrows(LinkClosed.class, () -> link.ask(new Message.Accepted(), Message.Accepted.class, never));
        assertEquals(
                "site: this link is not known here any more", gone.getCause().getMessage());
    }

    @Test
    void whoLeavesIsNotWaitedFor() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        Link link = linked(
                new Pair.Silent() {
                    @Override
                    public void closed() {
                        closed.countDown();
                    }
                },
                LONG);
        link.close();
        closed.await();
        assertEquals(1, cuts.dialed());
    }

    @Test
    void whoMayNotStayIsCutOffAndDoesNotComeBack() throws Exception {
        AtomicBoolean revoked = new AtomicBoolean();
        Links links = new Links(LONG, peer -> {
            if (revoked.get()) {
                throw new Refusal("the certificate was revoked");
            }
        });
        open.add(links);
        CountDownLatch served = new CountDownLatch(1);
        CountDownLatch opened = new CountDownLatch(1);
        cuts.listen(connection -> links.accept(
                connection,
                "server",
                new Pair.Silent() {
                    @Override
                    public void closed() {
                        served.countDown();
                    }
                },
                link -> opened.countDown()));
        CountDownLatch closed = new CountDownLatch(1);
        Link link = Link.dialing(cuts::dial, eager(), "site", new Pair.Silent() {
            @Override
            public void closed() {
                closed.countDown();
            }
        });
        open.add(link);
        opened.await();
        links.checkAll();
        assertTrue(link.isOpen());

        revoked.set(true);
        links.checkAll();
        served.await();
        closed.await();
        Link next = Link.dialing(cuts::dial, eager(), "site", new Pair.Silent());
        open.add(next);
        Refusal refusal =
                assertThrows(Refusal.class, () -> next.ask(new Message.Accepted(), Message.Accepted.class, never));
        assertEquals("the certificate was revoked", refusal.getMessage());
    }

    @Test
    void aBrokenConnectionIsNoWayBackForWhoMayNotStay() throws Exception {
        AtomicBoolean revoked = new AtomicBoolean();
        Links links = new Links(LONG, peer -> {
            if (revoked.get()) {
                throw new Refusal("the certificate was revoked");
            }
        });
        open.add(links);
        CountDownLatch opened = new CountDownLatch(1);
        cuts.listen(connection -> links.accept(connection, "server", new Pair.Silent(), link -> opened.countDown()));
        CountDownLatch closed = new CountDownLatch(1);
        Link link = Link.dialing(cuts::dial, eager(), "site", new Pair.Silent() {
            @Override
            public void closed() {
                closed.countDown();
            }
        });
        open.add(link);
        opened.await();
        revoked.set(true);
        cuts.cut();
        closed.await();
    }
}
