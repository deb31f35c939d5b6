package io.weft.strategy.lora.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.Folding;
import io.weft.lm.tuning.RowFold;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Folds a LoRA adapter into its base: W + scale · B·A, as PEFT's {@code merge_and_unload} does, for linear layers (also those that
 * keep their weight transposed) and embeddings, and whatever the adapter saved whole (biases, {@code modules_to_save}) as it is.
 */
final class LoraFolding implements Folding {

    private static final String PREFIX = "base_model.model.";
    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";
    private static final String HEAD = "lm_head.weight";
    private static final String EMBEDDING = "model.embed_tokens.weight";

    /** The two factors of a module, by how PEFT names those of linear layers and those of embeddings. */
    private enum Kind {
        LINEAR(".lora_A.weight", ".lora_B.weight"),
        EMBEDDING(".lora_embedding_A", ".lora_embedding_B");

        private final String a;
        private final String b;

        Kind(String a, String b) {
            this.a = a;
            this.b = b;
        }
    }

    private static final String BIAS_OF_B = ".lora_B.bias";
    private static final String BASE_LAYER = ".base_layer.";

    /** One step of what happens to a weight, opened when the weight's turn comes. */
    @FunctionalInterface
    private interface Part {
        RowFold open() throws IOException;
    }

    private final Manifest base;
    private final TensorReader adapter;
    private final Scales scales;
    private final boolean transposed;
    private final SortedMap<String, List<Part>> parts = new TreeMap<>();

    /**
     * Matches every tensor of the adapter with one of the base.
     *
     * @throws Refusal when one has no match, or one of another shape
     */
    LoraFolding(Manifest base, TensorReader adapter, JsonNode config) {
        this.base = base;
        this.adapter = adapter;
        this.scales = new Scales(config);
        this.transposed = config.path("fan_in_fan_out").asBoolean(false);
        // What replaces a weight comes before what adds to it.
        adapter.manifest().tensors().forEach(this::replace);
        adapter.manifest().tensors().forEach(this::add);
        if (parts.isEmpty()) {
            throw new Refusal("the adapter has no tensors, so there is nothing to fold in");
        }
    }

    @Override
    public SortedSet<String> weights() {
        return new TreeSet<>(parts.keySet());
    }

    @Override
    public RowFold open(String weight) throws IOException {
        List<RowFold> folds = new ArrayList<>();
        for (Part part : parts.get(weight)) {
            folds.add(part.open());
        }
        return (first, rows, count) -> {
            for (RowFold fold : folds) {
                fold.fold(first, rows, count);
            }
        };
    }

    private void replace(TensorSpec tensor) {
        if (tensor.name().contains(".lora_")) {
            return;
        }
        TensorSpec target = target(tensor, unprefixed(tensor).replace(BASE_LAYER, "."));
        require(tensor, target.shape());
        int width =
                Math.toIntExact(tensor.elements() / Math.max(1, tensor.shape().dimension(0)));
        part(target, () -> (first, rows, count) -> adapter.read(tensor, first * width, rows, count * width));
        if (unprefixed(tensor).equals(EMBEDDING) && ties()) {
            // Whole trained embeddings leave the output projection as it is, so that one becomes a weight of its own.
            parts.computeIfAbsent(HEAD, name -> new ArrayList<>());
        }
    }

    private void add(TensorSpec tensor) {
        String name = unprefixed(tensor);
        for (Kind kind : Kind.values()) {
            if (name.endsWith(kind.a)) {
                String module = name.substring(0, name.length() - kind.a.length());
                addProduct(kind, module, tensor, other(tensor, PREFIX + module + kind.b));
                return;
            }
            if (name.endsWith(kind.b)) {
                other(tensor, PREFIX + name.substring(0, name.length() - kind.b.length()) + kind.a);
                return;
            }
        }
        if (name.endsWith(BIAS_OF_B)) {
            addBias(name.substring(0, name.length() - BIAS_OF_B.length()), tensor);
        } else if (name.contains(".lora_")) {
            throw new Refusal("the adapter's tensor " + tensor.name()
                    + " is of a kind that is not folded in; merge it with PEFT");
        }
    }

    private void addProduct(Kind kind, String module, TensorSpec a, TensorSpec b) {
        TensorSpec target = target(a, module + WEIGHT);
        if (target.shape().rank() != 2) {
            throw new Refusal("the base's tensor " + target.name() + " has the shape " + target.shape()
                    + "; only matrices can take an adapter's product");
        }
        // An embedding is a lookup, so its weight lies the other way round than a linear layer's; GPT-2's linear layers
        // do, too.
        boolean turned = kind == Kind.EMBEDDING || transposed;
        long inputs = target.shape().dimension(turned ? 0 : 1);
        long outputs = target.shape().dimension(turned ? 1 : 0);
        int rank = Math.toIntExact(a.shape().dimension(0));
        double scale = scales.scale(module, rank);
        require(a, Shape.of(rank, inputs));
        require(b, Shape.of(outputs, rank));
        part(target, () -> {
            Factor readA = Factor.read(adapter, a);
            Factor readB = Factor.read(adapter, b);
            return turned
                    ? new ProductFold(readA.transposed(), readB.transposed(), scale)
                    : new ProductFold(readB, readA, scale);
        });
    }

    private void addBias(String module, TensorSpec tensor) {
        TensorSpec target = target(tensor, module + BIAS);
        require(tensor, target.shape());
        TensorSpec a = other(tensor, PREFIX + module + Kind.LINEAR.a);
        double scale = scales.scale(module, Math.toIntExact(a.shape().dimension(0)));
        part(target, () -> {
            Factor bias = Factor.read(adapter, tensor);
            return (first, rows, count) -> {
                for (int i = 0; i < count; i++) {
                    rows[i] = (float) (rows[i] + scale * bias.at(Math.toIntExact(first) + i, 0));
                }
            };
        });
    }

    private void part(TensorSpec target, Part part) {
        parts.computeIfAbsent(target.name(), name -> new ArrayList<>()).add(part);
    }

    private TensorSpec target(TensorSpec tensor, String name) {
        TensorSpec target = base.tensor(name)
                .or(() -> untied(name))
                .orElseThrow(() -> new Refusal("the adapter's tensor " + tensor.name() + " changes " + name
                        + ", which the base does not have; give the base that it was made for"));
        if (!target.type().decodable()) {
            throw new Refusal("the base's tensor " + name + " is " + target.type()
                    + "; an adapter can be folded into F64, F32, F16 and BF16");
        }
        if (target.shape().rank() == 0 || tensor.shape().rank() == 0) {
            throw new Refusal(
                    "the adapter's tensor " + tensor.name() + " has the shape " + tensor.shape() + ", the base's "
                            + name + " " + target.shape() + "; a single number is no weight that an adapter changes");
        }
        return target;
    }

    /** An output projection that is tied to the input embeddings, as the weight of its own that it becomes. */
    private Optional<TensorSpec> untied(String name) {
        return name.equals(HEAD) && ties()
                ? base.tensor(EMBEDDING).map(embedding -> TensorSpec.of(HEAD, embedding.type(), embedding.shape()))
                : Optional.empty();
    }

    private boolean ties() {
        return base.companion("config.json")
                .map(config ->
                        AdapterFiles.config(config).path("tie_word_embeddings").asBoolean(false))
                .orElse(false);
    }

    private TensorSpec other(TensorSpec one, String name) {
        Optional<TensorSpec> other = adapter.manifest().tensor(name);
        return other.orElseThrow(
                () -> new Refusal("the adapter has the tensor " + one.name() + " without its other half, " + name));
    }

    private static void require(TensorSpec tensor, Shape shape) {
        if (!tensor.shape().equals(shape)) {
            throw new Refusal("the adapter's tensor " + tensor.name() + " has the shape " + tensor.shape()
                    + " where this base and " + AdapterConfig.FILE + " make it " + shape
                    + "; give the base that it was made for");
        }
        if (!tensor.type().decodable()) {
            throw new Refusal("the adapter's tensor " + tensor.name() + " is " + tensor.type() + "; allowed: "
                    + DType.F64 + ", " + DType.F32 + ", " + DType.F16 + ", " + DType.BF16);
        }
    }

    private static String unprefixed(TensorSpec tensor) {
        if (!tensor.name().startsWith(PREFIX)) {
            throw new Refusal("the adapter's tensor " + tensor.name() + " does not begin with " + PREFIX
                    + ", as PEFT's do; save it with PEFT");
        }
        return tensor.name().substring(PREFIX.length());
    }
}
