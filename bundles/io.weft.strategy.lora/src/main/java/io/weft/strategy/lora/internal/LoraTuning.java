package io.weft.strategy.lora.internal;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.LinearOverlay;
import io.weft.lm.tuning.ModelPlan;
import io.weft.lm.tuning.Overlay;
import io.weft.lm.tuning.Script;
import io.weft.lm.tuning.Tuning;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Matrices A (rank, inputs) and B (outputs, rank) for each target: y + scale · x Aᵀ Bᵀ. */
final class LoraTuning implements Tuning {

    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    /** The adapter of a layer: its rank, and the factor by which B·A enters. */
    record Adapter(LinearLayer layer, int rank, double scale) {}

    private final Manifest manifest;
    private final List<Overlay> overlays;
    private final Map<String, TensorSpec> weights;
    private final Map<String, float[]> values;

    private LoraTuning(
            Manifest manifest, List<Overlay> overlays, Map<String, TensorSpec> weights, Map<String, float[]> values) {
        this.manifest = manifest;
        this.overlays = overlays;
        this.weights = weights;
        this.values = values;
    }

    /**
     * A new adapter: A drawn as PEFT draws it (Kaiming uniform, a = √5: ±1/√inputs), B zero, so that it changes nothing yet.
     *
     * @param whole weights of the base that are trained and stored whole
     */
    static LoraTuning starting(
            ModelPlan base,
            List<Adapter> adapters,
            List<TensorSpec> whole,
            AdapterConfig config,
            RandomGenerator random) {
        Map<String, float[]> values = new HashMap<>();
        for (Adapter adapter : adapters) {
            LinearLayer layer = adapter.layer();
            float bound = (float) (1 / Math.sqrt(layer.inputs()));
            float[] drawn = new float[adapter.rank() * layer.inputs()];
            for (int i = 0; i < drawn.length; i++) {
                // 24 bits of one draw each: what nextFloat makes of them is left to the Java version.
                drawn[i] = ((random.nextLong() >>> 40) * 0x1p-23f - 1) * bound;
            }
            values.put(a(layer), drawn);
            values.put(b(layer), new float[layer.outputs() * adapter.rank()]);
        }
        return of(base, adapters, whole, config.dropout(), config.companion(), values);
    }

    /** An adapter that exists: its values are read from where it lies. */
    static LoraTuning existing(ModelPlan base, List<Adapter> adapters, List<TensorSpec> whole, Companion config) {
        return of(base, adapters, whole, 0, config, Map.of());
    }

    private static LoraTuning of(
            ModelPlan base,
            List<Adapter> adapters,
            List<TensorSpec> whole,
            double dropout,
            Companion config,
            Map<String, float[]> values) {
        List<TensorSpec> tensors = new ArrayList<>();
        List<Overlay> overlays = new ArrayList<>();
        for (Adapter adapter : adapters) {
            List<TensorSpec> own = tensors(base, adapter);
            tensors.addAll(own);
            Script script = new Script("lora", text().replace("${scale}", Double.toString(adapter.scale())));
            overlays.add(new LinearOverlay(adapter.layer().name(), script, own, dropout));
        }
        Map<String, TensorSpec> weights = new HashMap<>();
        for (TensorSpec weight : whole) {
            TensorSpec stored = TensorSpec.of(whole(weight.name()), weight.type(), weight.shape());
            tensors.add(stored);
            weights.put(weight.name(), stored);
        }
        return new LoraTuning(
                new Manifest("adapter_model.safetensors", tensors, List.of(config), base.digest()),
                overlays,
                Map.copyOf(weights),
                values);
    }

    /** The name of a weight of the base that an adapter stores whole. */
    static String whole(String weight) {
        return PREFIX + weight;
    }

    static String a(LinearLayer layer) {
        return PREFIX + layer.name() + A;
    }

    static String b(LinearLayer layer) {
        return PREFIX + layer.name() + B;
    }

    private static List<TensorSpec> tensors(ModelPlan base, Adapter adapter) {
        LinearLayer layer = adapter.layer();
        return List.of(
                TensorSpec.of(a(layer), base.type(), Shape.of(adapter.rank(), layer.inputs()))
                        .with(traits(adapter, "lora_A")),
                TensorSpec.of(b(layer), base.type(), Shape.of(layer.outputs(), adapter.rank()))
                        .with(traits(adapter, "lora_B")));
    }

    private static Map<String, String> traits(Adapter adapter, String role) {
        return Map.of(
                TensorSpec.MODULE,
                adapter.layer().name(),
                TensorSpec.ROLE,
                role,
                TensorSpec.SCALE,
                Double.toString(adapter.scale()));
    }

    private static String text() {
        try (InputStream in = LoraTuning.class.getResourceAsStream("lora.torchscript")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public List<Overlay> overlays() {
        return List.copyOf(overlays);
    }

    @Override
    public Map<String, TensorSpec> weights() {
        return weights;
    }

    @Override
    public void initial(TensorSpec tensor, float[] into) {
        float[] value = values.get(tensor.name());
        System.arraycopy(value, 0, into, 0, value.length);
    }
}
