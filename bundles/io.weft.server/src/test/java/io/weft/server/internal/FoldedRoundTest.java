package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.aggregation.Contribution;
import io.weft.api.aggregation.ElementFold;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Cancellation;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldedRoundTest {

    private static final ElementFold FIRST_MINUS_GLOBAL = (global, sites, weights, out, count) -> {
        for (int i = 0; i < count; i++) {
            out[i] = sites[0][i] - global[i];
        }
    };

    private static final TensorSpec WEIGHT = TensorSpec.of("weight", DType.F32, Shape.of(200_001))
            .with(Map.of(TensorSpec.MODULE, "q_proj", TensorSpec.ROLE, "lora_A"));

    private static final TensorSpec STEP = TensorSpec.of("step", DType.I64, Shape.of(2));

    @TempDir
    Path folder;

    private TensorReader model(String name, TensorSpec weight, float scale, long step) throws IOException {
        Path file = folder.resolve(name);
        try (TensorWriter out = Safetensors.create(file, List.of(weight, STEP))) {
            float[] values = new float[(int) weight.elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = scale * i;
            }
            out.write(weight, 0, values, values.length);
            ByteBuffer steps = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(step)
                    .putLong(step);
            out.writeBytes(STEP, 0, steps.flip());
            out.commit();
        }
        return Safetensors.open(file, List.of(weight, STEP));
    }

    private static Contribution contribution(TensorReader model) {
        return new Contribution("north", 1, new TreeMap<>(), model);
    }

    @Test
    void foldsEveryElementAndAveragesWholeNumbersItself() throws IOException {
        Path file = folder.resolve("result");
        try (TensorReader global = model("global", WEIGHT, 1, 7);
                TensorReader site = model("site", WEIGHT, 3, 9);
                TensorWriter result = Safetensors.create(file, List.of(WEIGHT, STEP))) {
            new FoldedRound(1, List.of(contribution(site)), global, result, new Cancellation())
                    .elements(FIRST_MINUS_GLOBAL);
            result.commit();
        }
        try (TensorReader folded = Safetensors.open(file)) {
            float[] values = new float[200_001];
            folded.read(WEIGHT, 0, values, values.length);
            float[] expected = new float[200_001];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = 3f * i - i;
            }
            assertArrayEquals(expected, values);
            ByteBuffer step = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
            folded.readBytes(STEP, 0, step);
            assertEquals(9, step.getLong(0));
        }
    }

    @Test
    void namesTheSiteAndTheTensorOfAnotherShape() throws IOException {
        try (TensorReader global = model("global", WEIGHT, 1, 0);
                TensorReader site = model("site", TensorSpec.of("weight", DType.F32, Shape.of(3)), 1, 0);
                TensorWriter result = Safetensors.create(folder.resolve("result"), List.of(WEIGHT, STEP))) {
            FoldedRound round = new FoldedRound(1, List.of(contribution(site)), global, result, new Cancellation());
            Refusal refusal = assertThrows(Refusal.class, () -> round.elements(FIRST_MINUS_GLOBAL));
            assertEquals(
                    "site 'north': tensor 'weight' is [3] where the global model has [200001]", refusal.getMessage());
        }
    }

    @Test
    void refusesAResultThatIsNoNumber() throws IOException {
        try (TensorReader global = model("global", WEIGHT, 1, 0);
                TensorReader site = model("site", WEIGHT, 1, 0);
                TensorWriter result = Safetensors.create(folder.resolve("result"), List.of(WEIGHT, STEP))) {
            FoldedRound round = new FoldedRound(4, List.of(contribution(site)), global, result, new Cancellation());
            Refusal refusal = assertThrows(
                    Refusal.class,
                    () -> round.elements((before, sites, weights, out, count) -> out[0] = Float.POSITIVE_INFINITY));
            assertEquals(true, refusal.getMessage().startsWith("the aggregator made Infinity in tensor 'weight'"));
        }
    }

    @Test
    void pairsTheTensorsOfAModule() throws IOException {
        try (TensorReader global = model("global", WEIGHT, 1, 0);
                TensorWriter result = Safetensors.create(folder.resolve("result"), List.of(WEIGHT, STEP))) {
            FoldedRound round = new FoldedRound(1, List.of(), global, result, new Cancellation());
            assertEquals(List.of(Map.of("lora_A", WEIGHT)), round.groups(TensorSpec.MODULE));
        }
    }
}
