package io.weft.strategy.lora.internal;

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

    private final Manifest manifest;
    private final List<Overlay> overlays;
    private final Map<String, float[]> values;

    private LoraTuning(Manifest manifest, List<Overlay> overlays, Map<String, float[]> values) {
        this.manifest = manifest;
        this.overlays = overlays;
        this.values = values;
    }

    /** A new adapter: A drawn as PEFT draws it (Kaiming uniform, a = √5: ±1/√inputs), B zero, so that it changes nothing yet. */
    static LoraTuning starting(ModelPlan base, List<LinearLayer> layers, AdapterConfig config, RandomGenerator random) {
        Map<String, float[]> values = new HashMap<>();
        for (LinearLayer layer : layers) {
            float bound = (float) (1 / Math.sqrt(layer.inputs()));
            float[] drawn = new float[config.rank() * layer.inputs()];
            for (int i = 0; i < drawn.length; i++) {
                // 24 bits of one draw each: what nextFloat makes of them is left to the Java version.
                drawn[i] = ((random.nextLong() >>> 40) * 0x1p-23f - 1) * bound;
            }
            values.put(a(layer), drawn);
            values.put(b(layer), new float[layer.outputs() * config.rank()]);
        }
        return new LoraTuning(manifest(base, layers, config), overlays(base, layers, config), values);
    }

    /** An adapter that exists: its values are read from where it lies. */
    static LoraTuning existing(ModelPlan base, List<LinearLayer> layers, AdapterConfig config) {
        return new LoraTuning(manifest(base, layers, config), overlays(base, layers, config), Map.of());
    }

    static String a(LinearLayer layer) {
        return PREFIX + layer.name() + A;
    }

    static String b(LinearLayer layer) {
        return PREFIX + layer.name() + B;
    }

    private static Manifest manifest(ModelPlan base, List<LinearLayer> layers, AdapterConfig config) {
        List<TensorSpec> tensors = new ArrayList<>();
        for (LinearLayer layer : layers) {
            tensors.addAll(tensors(base, layer, config));
        }
        return new Manifest("adapter_model.safetensors", tensors, List.of(config.companion()), base.digest());
    }

    private static List<TensorSpec> tensors(ModelPlan base, LinearLayer layer, AdapterConfig config) {
        return List.of(
                TensorSpec.of(a(layer), base.type(), Shape.of(config.rank(), layer.inputs()))
                        .with(traits(layer, "lora_A", config)),
                TensorSpec.of(b(layer), base.type(), Shape.of(layer.outputs(), config.rank()))
                        .with(traits(layer, "lora_B", config)));
    }

    private static Map<String, String> traits(LinearLayer layer, String role, AdapterConfig config) {
        return Map.of(
                TensorSpec.MODULE,
                layer.name(),
                TensorSpec.ROLE,
                role,
                TensorSpec.SCALE,
                Double.toString(config.scale()));
    }

    private static List<Overlay> overlays(ModelPlan base, List<LinearLayer> layers, AdapterConfig config) {
        Script script = new Script("lora", text().replace("${scale}", Double.toString(config.scale())));
        List<Overlay> overlays = new ArrayList<>();
        for (LinearLayer layer : layers) {
            overlays.add(new LinearOverlay(layer.name(), script, tensors(base, layer, config), config.dropout()));
        }
        return overlays;
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
    public void initial(TensorSpec tensor, float[] into) {
        float[] value = values.get(tensor.name());
        System.arraycopy(value, 0, into, 0, value.length);
    }
}
