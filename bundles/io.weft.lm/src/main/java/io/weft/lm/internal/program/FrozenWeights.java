package io.weft.lm.internal.program;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.djl.Program;
import io.weft.lm.internal.model.Architecture;
import io.weft.lm.internal.model.Architecture.Group;
import io.weft.lm.internal.model.Base;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A base's weights in memory, packed, laid out as {@link FrozenSlots} says. Nobody changes them. */
public final class FrozenWeights implements AutoCloseable {

    private final NDManager manager;
    private final Program.Tensors list;

    private FrozenWeights(NDManager manager, Program.Tensors list) {
        this.manager = manager;
        this.list = list;
    }

    /**
     * Reads and packs a base.
     *
     * @param frozen what of it; where gradients flow takes a second, transposed copy of every matrix, and in a product with weights
     *     that are trained these are zero
     */
    public static FrozenWeights load(Engine engine, Base base, Precision precision, Adaptation.Frozen frozen)
            throws IOException {
        NDManager manager = engine.newBaseManager();
        try (Memory memory = new Memory(engine);
                TensorReader reader = base.open()) {
            List<NDArray> slots = new Loading(memory, reader, base, precision, frozen, manager).slots();
            return new FrozenWeights(manager, Program.list(slots));
        } catch (Refusal refusal) {
            manager.close();
            throw new Refusal(base.location() + ": " + refusal.getMessage(), refusal);
        } catch (IOException | RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** The program's argument {@code w}. */
    public Program.Tensors list() {
        return list;
    }

    @Override
    public void close() {
        list.close();
        manager.close();
    }

    private static final class Loading {

        private final Memory memory;
        private final TensorReader reader;
        private final Architecture architecture;
        private final int positions;
        private final Precision precision;
        private final Adaptation.Frozen frozen;
        private final NDManager manager;
        private final NDArray nothing;

        Loading(
                Memory memory,
                TensorReader reader,
                Base base,
                Precision precision,
                Adaptation.Frozen frozen,
                NDManager manager) {
            this.memory = memory;
            this.reader = reader;
            this.architecture = base.architecture();
            this.positions = base.architecture().positions();
            this.precision = precision;
            this.frozen = frozen;
            this.manager = manager;
            this.nothing = memory.zeros(manager, 0);
        }

        List<NDArray> slots() throws IOException {
            NDArray[] slots = new NDArray[FrozenSlots.layer(architecture.layers())];
            Arrays.fill(slots, nothing);
            slots[FrozenSlots.ANGLES] = angles();
            slots[FrozenSlots.NORM] = vector(Architecture.NORM);
            embeddingAndHead(slots);
            for (int layer = 0; layer < architecture.layers(); layer++) {
                int first = FrozenSlots.layer(layer);
                slots[first + FrozenSlots.ATTENTION_NORM] = vector(Architecture.norm(layer, Group.QKV));
                slots[first + FrozenSlots.GATED_NORM] = vector(Architecture.norm(layer, Group.GATED));
                for (Group group : Group.values()) {
                    load(slots, first + FrozenSlots.weight(group), layer, group);
                }
            }
            return List.of(slots);
        }

        private NDArray vector(String name) throws IOException {
            return frozen.without().contains(name) ? nothing : memory.read(manager, reader, spec(name));
        }

        private void embeddingAndHead(NDArray[] slots) throws IOException {
            // One after the other: the fp32 values of both, which are the same ones where they are tied, are never held
            // at a time.
            if (!frozen.without().contains(Architecture.EMBEDDING)) {
                try (NDManager temporary = manager.newSubManager()) {
                    NDArray embedding = memory.read(temporary, reader, spec(Architecture.EMBEDDING));
                    slots[FrozenSlots.EMBEDDING] = memory.cast(manager, embedding, precision);
                }
            }
            if (!frozen.without().contains(Architecture.HEAD)) {
                try (NDManager temporary = manager.newSubManager()) {
                    String name = architecture.tied() ? Architecture.EMBEDDING : Architecture.HEAD;
                    pack(slots, FrozenSlots.HEAD, memory.read(temporary, reader, spec(name)), frozen.backward());
                }
            }
        }

        private NDArray angles() {
            NDArray table = memory.blank(manager, 2, positions, architecture.head() / 2);
            memory.write(architecture.rotary().table(architecture.head(), positions), table);
            return table;
        }

        private void load(NDArray[] slots, int slot, int layer, Group group) throws IOException {
            try (NDManager temporary = manager.newSubManager()) {
                if (!frozen.withoutAll(layer, group)) {
                    List<TensorSpec> weights = members(group)
                            .mapToObj(member -> spec(Architecture.weight(layer, group, member)))
                            .toList();
                    pack(
                            slots,
                            slot,
                            stacked(weights, temporary, architecture.outputs(group), architecture.inputs(group)),
                            frozen.backward(layer, group));
                }
                if (architecture.bias(group)) {
                    List<TensorSpec> biases = members(group)
                            .mapToObj(member -> spec(Architecture.bias(layer, group, member)))
                            .toList();
                    NDArray bias = stacked(biases, temporary, architecture.outputs(group));
                    slots[slot + 2] = memory.cast(manager, bias, precision);
                }
            }
        }

        private static IntStream members(Group group) {
            return IntStream.range(0, group.members().size());
        }

        private NDArray stacked(List<TensorSpec> parts, NDManager owner, long... shape) throws IOException {
            NDArray whole = memory.zeros(owner, shape);
            long first = 0;
            for (TensorSpec part : parts) {
                if (!frozen.without().contains(part.name())) {
                    memory.read(reader, part, whole, first);
                }
                first += part.elements();
            }
            return whole;
        }

        private void pack(NDArray[] slots, int slot, NDArray weight, boolean backward) {
            slots[slot] = memory.packed(manager, weight, precision);
            if (backward) {
                slots[slot + 1] = memory.packedTranspose(manager, weight, precision);
            }
        }

        private TensorSpec spec(String name) {
            return reader.manifest().tensor(name).orElseThrow();
        }
    }
}
