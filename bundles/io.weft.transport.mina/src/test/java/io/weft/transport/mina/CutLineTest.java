package io.weft.transport.mina;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.testing.TestAuthority;
import io.weft.api.transport.Listening;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.LinkClosed;
import io.weft.exchange.Links;
import io.weft.exchange.Message;
import io.weft.exchange.Redial;
import io.weft.exchange.Service;
import io.weft.exchange.Transfer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links over the network whose connections break. */
@Timeout(120)
class CutLineTest {

    private static final long BYTES = 48_000_011;

    private static final List<TensorSpec> TENSORS = List.of(TensorSpec.of("tensor", DType.U8, Shape.of(BYTES)));

    private final Cancellation never = new Cancellation();
    private final TestAuthority authority = new TestAuthority("project");
    private final SSLContext site = authority.context("site-1");
    private final Links links = new Links();
    private final List<Link> begun = new CopyOnWriteArrayList<>();
    private Listening listening;
    private CuttingProxy proxy;

    @BeforeEach
    void listen() throws IOException {
        listening = new MinaTransport()
                .listen(
                        URI.create("weft://localhost:0"),
                        Optional.of(authority.context("localhost")),
                        connection -> links.accept(connection, "server", new Serving(), begun::add));
        proxy = new CuttingProxy(listening.at());
    }

    @AfterEach
    void close() throws IOException {
        listening.close();
        links.close();
        proxy.close();
    }

    private Link dial(URI at) throws IOException {
        MinaTransport transport = new MinaTransport();
        return Link.dialing(
                () -> transport.dial(at, Optional.of(site)),
                new Redial(new SplittableRandom(1)),
                "site-1",
                new Serving());
    }

    @Test
    void aTransferGoesOnWhereItStoodWhenTheLineIsCut() throws Exception {
        AtomicLong taken = new AtomicLong();
        AtomicInteger cuts = new AtomicInteger();
        Transfer transfer = new Transfer("model", TENSORS, (tensor, offset, piece) -> {
            assertEquals(taken.get(), offset, "no byte is missing or comes twice");
            for (long at = offset; piece.hasRemaining(); at++) {
                assertEquals((byte) (at * 7), piece.get());
            }
            taken.set(offset + piece.limit());
            if (cuts.get() < 3 && taken.get() > (cuts.get() + 1) * (BYTES / 4)) {
                cuts.incrementAndGet();
                proxy.cut();
            }
        });
        try (Link link = dial(proxy.at())) {
            assertEquals(BYTES, link.pull(transfer, never).logicalBytes());
        }
        assertEquals(3, cuts.get());
        assertEquals(1, begun.size(), "one link over four connections");
    }

    @Test
    void answersComeThoughTheLineIsCutBetween() throws Exception {
        try (Link link = dial(proxy.at())) {
            for (int i = 0; i < 5; i++) {
                Message.Release request = new Message.Release("job", "update " + i);
                assertEquals(request, link.ask(request, Message.Release.class, never));
                proxy.cut();
            }
        }
        assertEquals(1, begun.size());
    }

    @Test
    void aSiteThatBeginsAnewEndsWhatItHadBefore() throws Exception {
        try (Link before = dial(proxy.at())) {
            before.ask(new Message.Accepted(), Message.Accepted.class, never);
            proxy.close(); // the line is cut for good
            // The server may see the cut only after the first new link: then the next one ends what was before.
            Link former = begun.get(0);
            while (former.isOpen()) {
                try (Link anew = dial(listening.at())) {
                    anew.ask(new Message.Accepted(), Message.Accepted.class, never);
                }
            }
            assertThrows(LinkClosed.class, () -> former.ask(new Message.Accepted(), Message.Accepted.class, never));
        }
    }

    /** Echoes requests and offers one tensor whose bytes follow from their place. */
    private static final class Serving implements Service, TensorReader {

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            return request;
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
            return new Manifest("", TENSORS, List.of(), "");
        }

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) {
            for (long at = offset; into.hasRemaining(); at++) {
                into.put((byte) (at * 7));
            }
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
