package io.weft.strategy.lora.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.CheckpointFormat;
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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small random checkpoints and adapters compute what Transformers, PEFT and torch compute with them. */
class TransformersTest {

    private static final Path FIXTURES = Path.of("../io.weft.lm/src/test/resources/llama");
    private static final float TOLERANCE = 1e-4f;

    private static Engine engine;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "minimal",
                "one-kv-head",
                "head-dim",
                "biases",
                "llama3-rope-4",
                "llama3-rope-5",
                "everything"
            })
    void computesLossGradientsAndStepsOfAnAdapter(String name) throws IOException {
        Path folder = FIXTURES.resolve(name);
        CheckpointFormat format = new HuggingFaceFormat();
        JsonNode expected =
                new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
        Base base = Base.open(folder, format);
        try (TensorReader values = Safetensors.open(folder.resolve("expected.safetensors"));
                TensorReader adapter = format.open(folder.resolve("adapter"))) {
            Tuning tuning = new LoraStrategy().plan(base, adapter.manifest());
            List<TensorSpec> tensors = tuning.manifest().tensors();
            Adaptation adaptation = Adaptation.of(base.architecture(), tuning.overlays(), tensors);
            Packed records = records(values);
            try (Bases.Use use = new Bases().use(engine, base, Precision.FP32, adaptation.frozen(true));
                    Model model = Model.of(engine, base.architecture(), Precision.FP32, adaptation, use);
                    NDManager owner = model.newManager();
                    Memory memory = new Memory(engine);
                    Trained trained = Trained.read(memory, owner, tensors, adapter);
                    Trained gradients = Trained.zeros(memory, owner, tensors);
                    Trained first = Trained.zeros(memory, owner, tensors);
                    Trained second = Trained.zeros(memory, owner, tensors)) {
                assertArrayEquals(numbers(expected.get("loraGreedy")), greedy(model, trained, expected));
                double scale = 1.0 / records.labelled();

                for (int record = 0; record < 2; record++) {
                    assertArrayEquals(
                            floats(values, "lora.logits." + record),
                            model.logits(longs(values, "ids." + record), trained.list()),
                            TOLERANCE);
                }
                assertEquals(
                        expected.get("loraLoss").asDouble(),
                        model.measure(records, trained.list()).loss() * scale,
                        TOLERANCE);

                var steps = steps(memory, owner, tensors.size());
                for (int step = 1; step <= 3; step++) {
                    double loss = model.step(records, scale, true, trained.list(), gradients.list(), List.of());
                    if (step == 1) {
                        assertEquals(expected.get("loraLoss").asDouble(), loss * scale, TOLERANCE);
                        requireEqual(values, "lora.grad.", tensors, gradients, memory);
                    }
                    double norm = model.update(
                            "adamw",
                            trained.list(),
                            gradients.list(),
                            first.list(),
                            second.list(),
                            steps,
                            expected.get("learningRate").asDouble(),
                            0.9,
                            0.999,
                            1e-8,
                            expected.get("weightDecay").asDouble(),
                            0.0);
                    if (step == 1) {
                        assertEquals(expected.get("loraGradientNorm").asDouble(), norm, TOLERANCE);
                    }
                    if (step != 2) {
                        requireEqual(values, "lora.step" + step + ".", tensors, trained, memory);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "minimal",
                "one-kv-head",
                "head-dim",
                "biases",
                "llama3-rope-4",
                "llama3-rope-5",
                "everything"
            })
    void continuesAPromptAlone(String name) throws IOException {
        Path folder = FIXTURES.resolve(name);
        JsonNode expected =
                new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
        Base base = Base.open(folder, new HuggingFaceFormat());
        try (TensorReader values = Safetensors.open(folder.resolve("expected.safetensors"));
                Bases.Use use = new Bases().use(engine, base, Precision.FP32, Adaptation.Frozen.FORWARD);
                Model model = Model.of(
                        engine,
                        base.architecture(),
                        Precision.FP32,
                        Adaptation.of(base.architecture(), List.of(), List.of()),
                        use);
                NDManager owner = model.newManager();
                Memory memory = new Memory(engine);
                Trained nothing = Trained.zeros(memory, owner, List.of())) {
            assertArrayEquals(
                    floats(values, "logits.1"), model.logits(longs(values, "ids.1"), nothing.list()), TOLERANCE);
            assertArrayEquals(numbers(expected.get("greedy")), greedy(model, nothing, expected));
        }
    }

    private static long[] greedy(Model model, Trained trained, JsonNode expected) {
        long[] prompt = numbers(expected.get("greedyPrompt"));
        long[] ids = prompt;
        for (int made = 0; made < expected.get("greedy").size(); made++) {
            float[] logits = model.nextLogits(ids, trained.list());
            int likeliest = 0;
            for (int id = 1; id < logits.length; id++) {
                likeliest = logits[id] > logits[likeliest] ? id : likeliest;
            }
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = likeliest;
        }
        return Arrays.copyOfRange(ids, prompt.length, ids.length);
    }

    private static long[] numbers(JsonNode list) {
        long[] numbers = new long[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = list.get(i).asLong();
        }
        return numbers;
    }

    private static List<NDArray> steps(Memory memory, NDManager owner, int count) {
        List<NDArray> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            steps.add(memory.zeros(owner));
        }
        return steps;
    }

    private static void requireEqual(
            TensorReader values, String prefix, List<TensorSpec> tensors, Trained computed, Memory memory)
            throws IOException {
        for (int i = 0; i < tensors.size(); i++) {
            String key = prefix + tensors.get(i).name();
            float[] expected = floats(values, key);
            assertArrayEquals(expected, memory.piece(computed.tensor(i), 0, expected.length), TOLERANCE, key);
        }
    }

    private static Packed records(TensorReader values) throws IOException {
        List<Example> examples = new ArrayList<>();
        for (int record = 0; record < 2; record++) {
            examples.add(new Example(ints(values, "ids." + record), ints(values, "labels." + record)));
        }
        return Packed.pack(examples, 1000).get(0);
    }

    private static float[] floats(TensorReader reader, String name) throws IOException {
        TensorSpec spec = reader.manifest().tensor(name).orElseThrow();
        float[] values = new float[(int) spec.elements()];
        reader.read(spec, 0, values, values.length);
        return values;
    }

    private static long[] longs(TensorReader reader, String name) throws IOException {
        TensorSpec spec = reader.manifest().tensor(name).orElseThrow();
        ByteBuffer bytes = ByteBuffer.allocate((int) spec.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        reader.readBytes(spec, 0, bytes);
        long[] values = new long[(int) spec.elements()];
        bytes.flip().asLongBuffer().get(values);
        return values;
    }

    private static int[] ints(TensorReader reader, String name) throws IOException {
        return Arrays.stream(longs(reader, name)).mapToInt(Math::toIntExact).toArray();
    }
}
