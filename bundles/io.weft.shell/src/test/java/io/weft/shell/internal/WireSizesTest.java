package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.quantizer.bitsandbytes.Int8;
import io.weft.quantizer.bitsandbytes.Nf4;
import io.weft.quantizer.cast.Bfloat16;
import io.weft.quantizer.lossless.Lossless;
import io.weft.tensor.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WireSizesTest {

    private static final int COUNT = 1 << 17;

    @TempDir
    Path folder;

    private final FakePlugins plugins = new FakePlugins(
            Quantizer.class,
            Map.of("nf4", new Nf4(), "int8", new Int8(), "bf16", new Bfloat16(), "lossless", new Lossless()));

    @BeforeEach
    void holdAModel() throws IOException {
        TensorSpec weight = TensorSpec.of("weight", DType.BF16, Shape.of(256, COUNT / 256));
        TensorSpec steps = TensorSpec.of("steps", DType.I64, Shape.of(3));
        SplittableRandom random = new SplittableRandom(1);
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            values[i] = (float) random.nextGaussian(0, 0.02);
        }
        try (TensorWriter writer = Safetensors.createCheckpoint(model(), List.of(weight, steps))) {
            writer.write(weight, 0, values, COUNT);
            writer.writeBytes(steps, 0, ByteBuffer.allocate(24));
            writer.commit();
        }
    }

    @AfterEach
    void everyLeaseIsClosed() {
        assertEquals(0, plugins.open());
    }

    private Path model() {
        return folder.resolve("model.safetensors");
    }

    private String shown(String... words) throws IOException, InterruptedException {
        var out = new ByteArrayOutputStream();
        var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(0, new WireSizes(plugins).run(List.of(words), Screen.plain(stream, stream)));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void assertRow(JsonNode row, String codec, long encoded, long meta, double lost) {
        assertEquals(codec, row.path("codec").asText());
        assertEquals(4L * COUNT, row.path("rawBytes").asLong());
        assertEquals(encoded, row.path("encodedBytes").asLong(), codec);
        assertEquals((double) meta, row.path("metaBytes").asDouble(), 64, codec);
        assertEquals(
                4.0 * COUNT / (encoded + row.path("metaBytes").asLong()),
                row.path("ratio").asDouble(),
                1e-9);
        assertEquals(lost, row.path("relativeError").asDouble(), lost / 20);
        assertEquals(1 - lost * lost / 2, row.path("cosine").asDouble(), lost * lost / 10);
    }

    @Test
    void givesAnObjectAQuantizerInTheOrderInWhichPeopleCompareThem() throws Exception {
        List<String> lines = shown(model().toString(), "--json").lines().toList();
        ObjectMapper json = new ObjectMapper();

        assertEquals(5, lines.size());
        assertRow(json.readTree(lines.get(0)), "fp32", 4L * COUNT, 0, 0);
        assertRow(json.readTree(lines.get(1)), "bf16", 2L * COUNT, 8, 0);
        assertRow(json.readTree(lines.get(2)), "int8", COUNT, COUNT / 4096 * 4, 0.013);
        assertRow(json.readTree(lines.get(3)), "nf4", COUNT / 2, COUNT / 64 * 4, 0.092);
        JsonNode lossless = json.readTree(lines.get(4));
        assertEquals("lossless", lossless.path("codec").asText());
        assertTrue(lossless.path("ratio").asDouble() > 2 * 1.45, lossless.toString());
        assertEquals(0, lossless.path("relativeError").asDouble());
        assertEquals(1, lossless.path("cosine").asDouble());
    }

    @Test
    void showsATableToAPerson() throws Exception {
        List<String> lines = shown(model().toString()).lines().toList();

        assertEquals("codec     raw MiB  encoded MiB  meta MiB  ratio     error     cosine", lines.get(0));
        assertEquals("bf16         0.50         0.25      0.00  2.000  0.000000  1.0000000", lines.get(2));
    }

    @Test
    void saysWhichQuantizersCannotCarryTheModelAndShowsTheOthers() throws Exception {
        TensorSpec mask = TensorSpec.of("mask", DType.F32, Shape.of(4));
        try (TensorWriter writer = Safetensors.createCheckpoint(model(), List.of(mask))) {
            writer.write(mask, 0, new float[] {0, Float.NEGATIVE_INFINITY, 1, Float.NaN}, 4);
            writer.commit();
        }
        ObjectMapper json = new ObjectMapper();
        List<String> lines = shown(model().toString(), "--json").lines().toList();

        assertEquals(0, json.readTree(lines.get(1)).path("relativeError").asDouble(-1), "bf16 carries them");
        assertEquals(1, json.readTree(lines.get(1)).path("cosine").asDouble(-1));
        JsonNode refused = json.readTree(lines.get(2));
        assertEquals("int8", refused.path("codec").asText());
        assertTrue(refused.path("refused").asText().startsWith("tensor 'mask' has a value"), refused.toString());
        assertEquals(0, json.readTree(lines.get(4)).path("relativeError").asDouble(-1), "lossless carries them");
        List<String> table = shown(model().toString()).lines().toList();
        assertEquals(8, table.size(), table.toString());
        assertTrue(table.get(6).startsWith("int8: tensor 'mask' has a value"), table.get(6));
    }

    @Test
    void refusesWhatIsNotThere() {
        Refusal refusal = assertThrows(Refusal.class, () -> shown("nowhere"));

        assertTrue(refusal.getMessage().startsWith("there is no nowhere; give the folder"), refusal.getMessage());
    }
}
