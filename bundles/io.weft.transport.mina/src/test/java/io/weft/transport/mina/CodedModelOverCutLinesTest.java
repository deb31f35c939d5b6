package io.weft.transport.mina;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Partner;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.testing.TestAuthority;
import io.weft.api.testing.TestJob;
import io.weft.api.transport.Listening;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Link;
import io.weft.exchange.Links;
import io.weft.exchange.Message;
import io.weft.exchange.Redial;
import io.weft.exchange.Service;
import io.weft.exchange.Transfer;
import io.weft.exchange.coding.CodedModel;
import io.weft.exchange.coding.Coding;
import io.weft.quantizer.bitsandbytes.Int8;
import io.weft.quantizer.bitsandbytes.Nf4;
import io.weft.quantizer.lossless.Lossless;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A model that was coded on its way over TLS connections that break: it arrives as it was coded. */
@Timeout(120)
class CodedModelOverCutLinesTest {

    private static final int ELEMENTS = (2 << 20) + 77;

    private static final TensorSpec WEIGHT = TensorSpec.of("weight", DType.F32, Shape.of(ELEMENTS));
    private static final TensorSpec NORM = TensorSpec.of("norm", DType.F32, Shape.of(64));
    private static final List<TensorSpec> TENSORS = List.of(WEIGHT, NORM);

    @TempDir
    Path folder;

    /** With what each may lose of normally distributed values (docs/quantization.md). */
    static Stream<Arguments> quantizers() {
        return Stream.of(
                Arguments.of("int8", new Int8(), 0.014),
                Arguments.of("nf4", new Nf4(), 0.095),
                Arguments.of("lossless", new Lossless(), 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("quantizers")
    void itGoesOnAtTheByteWhereItStood(String name, Quantizer quantizer, double mostLost) throws Exception {
        float[] values = model();
        Coding coding = new Coding(
                name, new Partner<>(quantizer, new TestJob(Map.of())), new Coding.Rules(List.of("norm"), 0, false));
        CodedModel coded;
        try (TensorReader plain = Safetensors.open(folder.resolve("model"), TENSORS)) {
            coded = coding.encode(plain, TENSORS, 1, folder.resolve("coded"));
        }
        AtomicInteger cuts = new AtomicInteger();

        pull(coded, cuts);

        assertEquals(2, cuts.get());
        try (TensorReader sent = coded.open();
                TensorReader arrived = Safetensors.open(folder.resolve("arrived"))) {
            for (TensorSpec tensor : coded.tensors()) {
                assertArrayEquals(bytes(sent, tensor), bytes(arrived, tensor), tensor.name());
            }
        }
        try (TensorReader decoded = coding.decoded(Safetensors.open(folder.resolve("arrived")), TENSORS)) {
            float[] back = new float[ELEMENTS];
            decoded.read(WEIGHT, 0, back, ELEMENTS);
            assertTrue(lost(values, back) <= mostLost, () -> lost(values, back) + " is lost");
        }
    }

    private float[] model() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        float[] values = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            values[i] = (float) random.nextGaussian(0, 0.02);
        }
        try (TensorWriter out = Safetensors.create(folder.resolve("model"), TENSORS)) {
            out.write(WEIGHT, 0, values, ELEMENTS);
            out.write(NORM, 0, new float[64], 64);
            out.commit();
        }
        return values;
    }

    /** Pulls over two cuts, after a third and two thirds of the coded weight. */
    private void pull(CodedModel coded, AtomicInteger cuts) throws Exception {
        TestAuthority authority = new TestAuthority("project");
        SSLContext site = authority.context("site-1");
        MinaTransport transport = new MinaTransport();
        long size = coded.tensors().get(0).bytes();
        Offering offering = new Offering(coded);
        try (Links links = new Links();
                Listening listening = transport.listen(
                        URI.create("weft://localhost:0"),
                        Optional.of(authority.context("localhost")),
                        connection -> links.accept(connection, "server", offering, begun -> {}));
                CuttingProxy proxy = new CuttingProxy(listening.at());
                TensorWriter arrived = Safetensors.create(folder.resolve("arrived"), coded.tensors());
                Link link = Link.dialing(
                        () -> transport.dial(proxy.at(), Optional.of(site)),
                        new Redial(new SplittableRandom(1)),
                        "site-1",
                        offering)) {
            Transfer transfer = new Transfer("model", coded.tensors(), (tensor, offset, piece) -> {
                long end = offset + piece.remaining();
                arrived.writeBytes(tensor, offset, piece);
                if (tensor.name().equals("weight") && cuts.get() < 2 && end > (cuts.get() + 1) * size / 3) {
                    cuts.incrementAndGet();
                    proxy.cut();
                }
            });
            link.pull(transfer, new Cancellation());
            arrived.commit();
        }
    }

    private static byte[] bytes(TensorReader from, TensorSpec tensor) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
        from.readBytes(tensor, 0, bytes);
        return bytes.array();
    }

    private static double lost(float[] values, float[] back) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < values.length; i++) {
            difference += Math.pow(values[i] - back[i], 2);
            norm += Math.pow(values[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    private record Offering(CodedModel model) implements Service {

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            return request;
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            return model.open();
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}
    }
}
