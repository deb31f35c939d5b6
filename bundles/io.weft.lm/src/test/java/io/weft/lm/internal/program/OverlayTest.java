package io.weft.lm.internal.program;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
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

    private static Engine engine;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"k_proj", "o_proj", "up_proj", "down_proj", ""})
    void gradientsAreTheSlopesOfTheLoss(String kind) throws IOException {
        Base base = Base.open(Path.of("src/test/resources/llama/everything"), new FixtureFormat());
        List<Overlay> overlays = new ArrayList<>();
        List<TensorSpec> tensors = new ArrayList<>();
        for (LinearLayer layer : base.linears()) {
            if (layer.name().endsWith(kind)) {
                TensorSpec scale = TensorSpec.of(layer.name() + ".scale", DType.F32, Shape.of(layer.outputs()));
                tensors.add(scale);
                overlays.add(new LinearOverlay(layer.name(), SCALING, List.of(scale), 0));
            }
        }
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
