package io.weft.lm.internal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.weft.djl.Libtorch;
import io.weft.djl.Program;
import io.weft.lm.internal.model.Rotary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is computed depends on no cut: which sequences are computed together, how queries make blocks, what is computed again. */
class AttentionTest {

    private static final int HEAD = 6;
    private static final int QUERIES = 4;
    private static final int KEYS = 2;
    private static final long[] LENGTHS = {13, 1, 8, 5};
    private static final int ROWS = 27;

    private static Engine engine;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    @Test
    void blocksOfQueriesGiveWhatOneBlockGives() {
        try (NDManager manager = engine.newBaseManager()) {
            NDList whole = run(manager, 1000, 1000, 0);
            for (int block : new int[] {1, 4, 5}) {
                for (int keep : new int[] {0, 8, 1000}) {
                    assertSame(whole, run(manager, block, keep, 0), "blocks of " + block + ", kept up to " + keep);
                }
            }
        }
    }

    @Test
    void sequencesTogetherGiveWhatEachGivesAlone() {
        try (NDManager manager = engine.newBaseManager()) {
            NDList alone = run(manager, 1000, 1000, 0);
            for (int block : new int[] {5, 1000}) {
                for (int keep : new int[] {0, 1000}) {
                    for (int together : new int[] {128, 600, 100_000}) {
                        assertSame(
                                alone,
                                run(manager, block, keep, together),
                                "blocks of " + block + ", kept up to " + keep + ", " + together + " scores together");
                    }
                }
            }
        }
    }

    private static void assertSame(NDList expected, NDList found, String name) {
        assertArrayEquals(expected.get(0).toFloatArray(), found.get(0).toFloatArray(), 1e-6f, name);
        assertArrayEquals(expected.get(1).toFloatArray(), found.get(1).toFloatArray(), 1e-6f, name);
    }

    @Test
    void theBackwardIsTheSlopeOfTheForward() {
        try (NDManager manager = engine.newBaseManager()) {
            float[] x = random(1, ROWS * (QUERIES + 2 * KEYS) * HEAD);
            float[] direction = random(3, x.length);
            float[] weights = random(2, ROWS * QUERIES * HEAD);
            float step = 1e-2f;

            double slope = (weighted(run(manager, 4, 8, 600, moved(x, direction, step)), weights)
                            - weighted(run(manager, 4, 8, 600, moved(x, direction, -step)), weights))
                    / (2 * step);
            float[] gradient = run(manager, 4, 8, 600, x).get(1).toFloatArray();
            double expected = 0;
            for (int i = 0; i < x.length; i++) {
                expected += (double) gradient[i] * direction[i];
            }

            assertArrayEquals(new double[] {expected}, new double[] {slope}, 2e-3 * Math.abs(expected));
        }
    }

    private static NDList run(NDManager manager, int block, int keep, int together) {
        return run(manager, block, keep, together, random(1, ROWS * (QUERIES + 2 * KEYS) * HEAD));
    }

    /** The output, and the gradient of its weighted sum. */
    private static NDList run(NDManager manager, int block, int keep, int together, float[] qkv) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "compute",
                6,
                "head",
                HEAD,
                "half",
                HEAD / 2,
                "queries",
                QUERIES,
                "keys",
                KEYS,
                "group",
                QUERIES / KEYS,
                "scale",
                0.4,
                "block",
                block,
                "keep",
                keep));
        values.put("together", together);
        values.put("short", 100);
        String text = Parts.text("rotary", values) + Parts.text("attention", values) + """
                def both(qkv: Tensor, table: Tensor, lengths: List[int], dout: Tensor) -> List[Tensor]:
                  angles = self.angles(table, lengths, 0)
                  frames = self.frames(lengths)
                  places = self.places(lengths, frames)
                  future = self.future()
                  saved = annotate(List[Tensor], [])
                  out = self.attention_forward(qkv, angles, frames, places, future, saved)
                  return [out, self.attention_backward(dout, angles, frames, places, future, saved)]
                """;
        NDArray table =
                manager.create(new Rotary(100, new Rotary.Unscaled()).table(HEAD, 16), new Shape(2, 16, HEAD / 2));
        try (Program program = Program.compile(engine, text)) {
            return program.tensors(
                    manager,
                    "both",
                    manager.create(qkv, new Shape(ROWS, (QUERIES + 2 * KEYS) * HEAD)),
                    table,
                    LENGTHS,
                    manager.create(random(2, ROWS * QUERIES * HEAD), new Shape(ROWS, QUERIES * HEAD)));
        }
    }

    private static double weighted(NDList results, float[] weights) {
        float[] out = results.get(0).toFloatArray();
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            sum += (double) out[i] * weights[i];
        }
        return sum;
    }

    private static float[] moved(float[] x, float[] direction, float step) {
        float[] moved = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            moved[i] = x[i] + step * direction[i];
        }
        return moved;
    }

    private static float[] random(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
