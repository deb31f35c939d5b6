package io.weft.lm.internal.model;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.LinearLayer;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder of the Llama family, as its configuration describes it.
 *
 * @param head the width of one attention head
 * @param keys the number of key/value heads
 * @param qkvBias whether the query, key and value projections have a bias
 * @param outputBias whether the attention's output projection has one
 * @param gatedBias whether the three projections of the gated layer have one
 * @param tied whether the output projection is the input embedding
 * @param positions the longest sequence
 */
public record Architecture(
        int vocabulary,
        int hidden,
        int layers,
        int heads,
        int keys,
        int head,
        int intermediate,
        double epsilon,
        boolean qkvBias,
        boolean outputBias,
        boolean gatedBias,
        boolean tied,
        int positions,
        Rotary rotary) {

    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String NORM = "model.norm.weight";
    public static final String HEAD = "lm_head.weight";

    /** The projections that share one input, computed as one product. */
    public enum Group {
        QKV,
        OUTPUT,
        GATED,
        DOWN;

        /** Their names within a layer, in the order of their rows. */
        public List<String> members() {
            return switch (this) {
                case QKV -> List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj");
                case OUTPUT -> List.of("self_attn.o_proj");
                case GATED -> List.of("mlp.gate_proj", "mlp.up_proj");
                case DOWN -> List.of("mlp.down_proj");
            };
        }
    }

    /** The prefix of a layer's names. */
    public static String layer(int index) {
        return "model.layers." + index + ".";
    }

    /** The inputs of a group's projections. */
    public int inputs(Group group) {
        return switch (group) {
            case QKV, GATED -> hidden;
            case OUTPUT -> heads * head;
            case DOWN -> intermediate;
        };
    }

    /** The outputs of one projection of a group. */
    public int outputs(Group group, int member) {
        return switch (group) {
            case QKV -> member == 0 ? heads * head : keys * head;
            case OUTPUT, DOWN -> hidden;
            case GATED -> intermediate;
        };
    }

    /** The outputs of all projections of a group together. */
    public int outputs(Group group) {
        int sum = 0;
        for (int member = 0; member < group.members().size(); member++) {
            sum += outputs(group, member);
        }
        return sum;
    }

    /** Whether a group's projections have biases. */
    public boolean bias(Group group) {
        return switch (group) {
            case QKV -> qkvBias;
            case OUTPUT -> outputBias;
            case GATED, DOWN -> gatedBias;
        };
    }

    /** The tensor with a group member's weight. */
    public static String weight(int layer, Group group, int member) {
        return layer(layer) + group.members().get(member) + ".weight";
    }

    /** The tensor with a group member's bias. */
    public static String bias(int layer, Group group, int member) {
        return layer(layer) + group.members().get(member) + ".bias";
    }

    /** The tensor with the norm before a group: the first of attention, or the first of the gated layer. */
    public static String norm(int layer, Group group) {
        return layer(layer) + (group == Group.QKV ? "input_layernorm" : "post_attention_layernorm") + ".weight";
    }

    /** Whether there is a norm before a group. */
    public static boolean normed(Group group) {
        return group == Group.QKV || group == Group.GATED;
    }

    /** All projections in the order of computation. */
    public List<LinearLayer> linears() {
        List<LinearLayer> linears = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            for (Group group : Group.values()) {
                for (int member = 0; member < group.members().size(); member++) {
                    linears.add(new LinearLayer(
                            layer(layer) + group.members().get(member), inputs(group), outputs(group, member)));
                }
            }
        }
        return linears;
    }

    /** Every weight with the shape it must have, under Hugging Face's names. */
    public List<TensorSpec> tensors(DType type) {
        List<TensorSpec> tensors = new ArrayList<>();
        tensors.add(TensorSpec.of(EMBEDDING, type, Shape.of(vocabulary, hidden)));
        for (int layer = 0; layer < layers; layer++) {
            for (Group group : Group.values()) {
                if (normed(group)) {
                    tensors.add(TensorSpec.of(norm(layer, group), type, Shape.of(hidden)));
                }
                for (int member = 0; member < group.members().size(); member++) {
                    int outputs = outputs(group, member);
                    tensors.add(TensorSpec.of(weight(layer, group, member), type, Shape.of(outputs, inputs(group))));
                    if (bias(group)) {
                        tensors.add(TensorSpec.of(bias(layer, group, member), type, Shape.of(outputs)));
                    }
                }
            }
        }
        tensors.add(TensorSpec.of(NORM, type, Shape.of(hidden)));
        if (!tied) {
            tensors.add(TensorSpec.of(HEAD, type, Shape.of(vocabulary, hidden)));
        }
        return tensors;
    }
}
