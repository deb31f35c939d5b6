package io.weft.lm.internal.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.djl.Libtorch;
import io.weft.lm.internal.model.Base;
import io.weft.lm.internal.text.Example;
import io.weft.lm.internal.text.Packed;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.LinearOverlay;
import io.weft.lm.tuning.Overlay;
import io.weft.lm.tuning.Script;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An overlay that Weft knows nothing of: it scales the outputs of layers (IA3, https://arxiv.org/abs/2205.05638), and so their gradients. */
class OverlayTest {

    private static final Script SCALING = new Script("scaling", """
            def forward(x: Tensor, y: Tensor, p: List[Tensor], saved: List[Tensor]) -> Tensor:
              saved.append(torch.clone(y))
              return self.scaled(y, p[0])
            def scaled(y: Tensor, by: Tensor) -> Tensor:
              return torch.mul(y, torch.to(by, ops.prim.dtype(y)))
            def backward(dy: Tensor, p: List[Tensor], saved: List[Tensor], wanted: bool) -> Tuple[Tensor, Tensor, List[Tensor]]:
              y = saved.pop()
              return (self.scaled(dy, p[0]), torch.zeros([1], dtype=ops.prim.dtype(dy)), [torch.sum(torch.mul(dy, y), [0])])
            """);

    /** The same without its gradients; it changes y in place, calls itself, and saves nothing. */
    private static final Script UNDIFFERENTIATED = new Script("plain scaling", """
            def forward(x: Tensor, y: Tensor, p: List[Tensor], saved: List[Tensor]) -> Tensor:
              return self.scaled(y, p[0])
            def scaled(y: Tensor, by: Tensor) -> Tensor:
              return torch.mul_(y, torch.to(by, ops.prim.dtype(y)))
            """);

    private static Engine engine;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    /** Overlays of one script, with a tensor of scales for each. */
    private record Placed(List<Overlay> overlays, List<TensorSpec> tensors) {

        static Placed on(Base base, String kind, Script script) {
            Placed placed = new Placed(new ArrayList<>(), new ArrayList<>());
            for (LinearLayer layer : base.linears()) {
                if (layer.name().endsWith(kind)) {
                    TensorSpec scale = TensorSpec.of(layer.name() + ".scale", DType.F32, Shape.of(layer.outputs()));
                    placed.tensors.add(scale);
                    placed.overlays.add(new LinearOverlay(layer.name(), script, List.of(scale), 0));
                }
            }
            return placed;
        }
    }

    private static Base base() throws IOException {
        return Base.open(Path.of("src/test/resources/llama/everything"), new FixtureFormat());
    }

    @ParameterizedTest
    @ValueSource(strings = {"k_proj", "o_proj", "up_proj", "down_proj", ""})
    void anOverlayWithoutABackwardGetsTheSameGradientsByAutograd(String kind) throws IOException {
        List<float[]> expected = gradients(kind, SCALING);
        List<float[]> found = gradients(kind, UNDIFFERENTIATED);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), found.get(i), 1e-5f);
        }
    }

    private static List<float[]> gradients(String kind, Script script) throws IOException {
        Base base = base();
        Placed placed = Placed.on(base, kind, script);
        List<TensorSpec> tensors = placed.tensors();
        Adaptation adaptation = Adaptation.of(base.architecture(), placed.overlays(), tensors);
        try (Bases.Use use = new Bases().use(engine, base, Precision.FP32, adaptation.frozen(true));
                Model model = Model.of(engine, base.architecture(), Precision.FP32, adaptation, use);
                NDManager owner = model.newManager();
                Memory memory = new Memory(engine);
                Trained trained = Trained.zeros(memory, owner, tensors);
                Trained gradients = Trained.zeros(memory, owner, tensors)) {
            set(memory, tensors, trained, 0.1f);
            model.step(records(), 0.05, true, trained.list(), gradients.list(), List.of());
            model.step(records(), 0.05, false, trained.list(), gradients.list(), List.of());
            List<float[]> values = new ArrayList<>();
            for (int i = 0; i < tensors.size(); i++) {
                values.add(memory.piece(
                        gradients.tensor(i), 0, (int) tensors.get(i).elements()));
            }
            return values;
        }
    }

    @Test
    void anOverlayThatDoesNotCompileIsNamedWithTheCompilersWords() {
        Script wrong = new Script("wrong", SCALING.text().replace("torch.clone(y)", "torch.clown(y)"));

        Refusal refusal = assertThrows(Refusal.class, () -> gradients("k_proj", wrong));

        assertTrue(
                refusal.getMessage()
                        .matches("the program text of the overlay 'wrong' does not compile: .*clown.* In: "
                                + ".*torch\\.clown.*; mend the strategy plugin that brings it"),
                refusal.getMessage());
    }

    @Test
    void anOverlayWithoutAForwardIsRefused() {
        Script nothing = new Script("nothing", "def helper(x: Tensor) -> Tensor:\n  return x\n");

        Refusal refusal = assertThrows(Refusal.class, () -> gradients("k_proj", nothing));

        assertTrue(refusal.getMessage().contains("'nothing' has no 'def forward('"), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"k_proj", "o_proj", "up_proj", "down_proj", ""})
    void gradientsAreTheSlopesOfTheLoss(String kind) throws IOException {
        Base base = base();
        Placed placed = Placed.on(base, kind, SCALING);
        List<Overlay> overlays = placed.overlays();
        List<TensorSpec> tensors = placed.tensors();
        Adaptation adaptation = Adaptation.of(base.architecture(), overlays, tensors);
        try (Bases.Use use = new Bases().use(engine, base, Precision.FP32, adaptation.frozen(true));
                Model model = Model.of(engine, base.architecture(), Precision.FP32, adaptation, use);
                NDManager owner = model.newManager();
                Memory memory = new Memory(engine);
                Trained trained = Trained.zeros(memory, owner, tensors);
                Trained gradients = Trained.zeros(memory, owner, tensors)) {
            Packed pack = records();
            double scale = 1.0 / pack.labelled();
            float step = 2e-3f;

            set(memory, tensors, trained, 0);
            model.step(pack, scale, true, trained.list(), gradients.list(), List.of());
            double expected = 0;
            for (int i = 0; i < tensors.size(); i++) {
                float[] direction = direction(tensors.get(i), i);
                float[] gradient = memory.piece(gradients.tensor(i), 0, direction.length);
                for (int element = 0; element < gradient.length; element++) {
                    expected += (double) gradient[element] * direction[element];
                }
            }
            set(memory, tensors, trained, step);
            double above = model.measure(pack, trained.list()).loss() * scale;
            set(memory, tensors, trained, -step);
            double below = model.measure(pack, trained.list()).loss() * scale;

            assertEquals((above - below) / (2 * step), expected, 1e-2 * Math.abs(expected) + 5e-4);
        }
    }

    /** Scales of one, moved along a direction. */
    private static void set(Memory memory, List<TensorSpec> tensors, Trained trained, float step) {
        for (int i = 0; i < tensors.size(); i++) {
            float[] values = direction(tensors.get(i), i);
            for (int element = 0; element < values.length; element++) {
                values[element] = 1 + step * values[element];
            }
            memory.write(values, trained.tensor(i));
        }
    }

    private static float[] direction(TensorSpec tensor, int seed) {
        Random random = new Random(seed);
        float[] values = new float[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Packed records() {
        Random random = new Random(1);
        List<Example> examples = new ArrayList<>();
        for (int length : new int[] {11, 7}) {
            int[] ids = random.ints(length, 0, 128).toArray();
            int[] labels = random.ints(length, 0, 128).toArray();
            labels[0] = Example.UNLABELLED;
            examples.add(new Example(ids, labels));
        }
        return Packed.pack(examples, 100).get(0);
    }
}
