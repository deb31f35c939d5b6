package io.weft.strategy.sft.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.djl.Libtorch;
import io.weft.hf.internal.HuggingFaceFormat;
import io.weft.lm.internal.model.Base;
import io.weft.lm.internal.program.Adaptation;
import io.weft.lm.internal.program.Bases;
import io.weft.lm.internal.program.Memory;
import io.weft.lm.internal.program.Model;
import io.weft.lm.internal.program.Precision;
import io.weft.lm.internal.program.Trained;
import io.weft.lm.internal.text.Example;
import io.weft.lm.internal.text.Packed;
import io.weft.lm.tuning.Tuning;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gradients of the weights of small random checkpoints, all or some of them, are those of Transformers. */
class TransformersTest {

    private static final Path FIXTURES = Path.of("../io.weft.lm/src/test/resources/llama");
    private static final float TOLERANCE = 1e-4f;

    private static Engine engine;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "one-kv-head", "head-dim", "biases", "everything"})
    void computesLossAndGradients(String name) throws IOException {
        assertTrue(compared(name, List.of(".*")) >= 8);
    }

    /** What is frozen is computed from packed weights, alone or beside trained ones of the same product. */
    @ParameterizedTest
    @CsvSource({
        "plain, 1",
        "plain, lm_head",
        "plain, norm",
        "everything, layers.0.mlp",
        "everything, embed_tokens",
        "biases, bias",
        "biases, q_proj.weight",
        "biases, self_attn",
        "biases, gate_proj",
        "biases, q_proj|up_proj.bias|post_attention_layernorm",
        "one-kv-head, input_layernorm",
        "head-dim, [kv]_proj|down_proj"
    })
    void computesLossAndGradientsOfSomeWeights(String name, String patterns) throws IOException {
        compared(name, List.of(patterns.split("\\|")));
    }

    /** Compares the gradients of what is trained; returns how many there are to compare. */
    private static int compared(String name, List<String> patterns) throws IOException {
        Path folder = FIXTURES.resolve(name);
        JsonNode expected =
                new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
        Base base = Base.open(folder, new HuggingFaceFormat());
        Tuning tuning = SftTuning.of(base, patterns);
        List<TensorSpec> tensors = tuning.manifest().tensors().stream()
                .filter(tensor -> !tensor.section().equals(TensorSpec.FROZEN))
                .toList();
        Adaptation adaptation = Adaptation.of(base.architecture(), tuning.overlays(), tuning.weights(), tensors);
        try (TensorReader values = Safetensors.open(folder.resolve("expected.safetensors"));
                TensorReader weights = base.open();
                Bases.Use use = new Bases().use(engine, base, Precision.FP32, adaptation.frozen(true));
                Model model = Model.of(engine, base.architecture(), Precision.FP32, adaptation, use);
                NDManager owner = model.newManager();
                Memory memory = new Memory(engine);
                Trained trained = Trained.read(memory, owner, tensors, weights);
                Trained gradients = Trained.zeros(memory, owner, tensors)) {
            List<Packed> records = records(values);
            double scale = 1.0 / records.stream().mapToInt(Packed::labelled).sum();

            double measured = 0;
            double loss = 0;
            for (int i = 0; i < records.size(); i++) {
                measured += model.measure(records.get(i), trained.list()).loss();
                loss += model.step(records.get(i), scale, i == 0, trained.list(), gradients.list(), List.of());
            }

            assertEquals(expected.get("loss").asDouble(), measured * scale, TOLERANCE);
            assertEquals(expected.get("loss").asDouble(), loss * scale, TOLERANCE);
            int compared = 0;
            for (int i = 0; i < tensors.size(); i++) {
                String key = "grad." + tensors.get(i).name();
                Optional<TensorSpec> spec = values.manifest().tensor(key);
                if (spec.isPresent()) {
                    float[] gradient = new float[(int) spec.get().elements()];
                    values.read(spec.get(), 0, gradient, gradient.length);
                    assertArrayEquals(gradient, memory.piece(gradients.tensor(i), 0, gradient.length), TOLERANCE, key);
                    compared++;
                }
            }
            return compared;
        }
    }

    /** One pack a record, so that gradients of several packs are summed. */
    private static List<Packed> records(TensorReader values) throws IOException {
        List<Packed> packs = new ArrayList<>();
        for (int record = 0; record < 2; record++) {
            Example example = new Example(ints(values, "ids." + record), ints(values, "labels." + record));
            packs.addAll(Packed.pack(List.of(example), 1));
        }
        return packs;
    }

    private static int[] ints(TensorReader reader, String name) throws IOException {
        TensorSpec spec = reader.manifest().tensor(name).orElseThrow();
        ByteBuffer bytes = ByteBuffer.allocate((int) spec.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        reader.readBytes(spec, 0, bytes);
        bytes.flip();
        int[] values = new int[(int) spec.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.toIntExact(bytes.getLong());
        }
        return values;
    }
}
