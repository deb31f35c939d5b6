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
     * @param backward whether gradients will flow through it, which takes a second, transposed copy of every matrix
     */
    public static FrozenWeights load(Engine engine, Base base, Precision precision, boolean backward)
            throws IOException {
        NDManager manager = engine.newBaseManager();
        try (Memory memory = new Memory(engine);
                TensorReader reader = base.open()) {
            List<NDArray> slots = new Loading(memory, reader, base, precision, backward, manager).slots();
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
        private final boolean backward;
        private final NDManager manager;
        private final NDArray nothing;

        Loading(
                Memory memory,
                TensorReader reader,
                Base base,
                Precision precision,
                boolean backward,
                NDManager manager) {
            this.memory = memory;
            this.reader = reader;
            this.architecture = base.architecture();
            this.positions = base.architecture().positions();
            this.precision = precision;
            this.backward = backward;
            this.manager = manager;
            this.nothing = memory.zeros(manager, 0);
        }

        List<NDArray> slots() throws IOException {
            NDArray[] slots = new NDArray[FrozenSlots.layer(architecture.layers())];
            slots[FrozenSlots.ANGLES] = angles();
            slots[FrozenSlots.NORM] = memory.read(manager, reader, spec(Architecture.NORM));
            try (NDManager temporary = manager.newSubManager()) {
                NDArray embedding = memory.read(temporary, reader, spec(Architecture.EMBEDDING));
                slots[FrozenSlots.EMBEDDING] = memory.cast(manager, embedding, precision);
                NDArray head =
                        architecture.tied() ? embedding : memory.read(temporary, reader, spec(Architecture.HEAD));
                pack(slots, FrozenSlots.HEAD, head);
            }
            for (int layer = 0; layer < architecture.layers(); layer++) {
                int first = FrozenSlots.layer(layer);
                slots[first + FrozenSlots.ATTENTION_NORM] =
                        memory.read(manager, reader, spec(Architecture.norm(layer, Group.QKV)));
                slots[first + FrozenSlots.GATED_NORM] =
                        memory.read(manager, reader, spec(Architecture.norm(layer, Group.GATED)));
                for (Group group : Group.values()) {
                    load(slots, first + FrozenSlots.weight(group), layer, group);
                }
            }
            return List.of(slots);
        }

        private NDArray angles() {
            NDArray table = memory.blank(manager, 2, positions, architecture.head() / 2);
            memory.write(architecture.rotary().table(architecture.head(), positions), table);
            return table;
        }

        private void load(NDArray[] slots, int slot, int layer, Group group) throws IOException {
            List<TensorSpec> weights = members(group)
                    .mapToObj(member -> spec(Architecture.weight(layer, group, member)))
                    .toList();
            try (NDManager temporary = manager.newSubManager()) {
                pack(slots, slot, stacked(weights, temporary, architecture.outputs(group), architecture.inputs(group)));
                slots[slot + 2] = nothing;
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
            NDArray whole = memory.blank(owner, shape);
            long first = 0;
            for (TensorSpec part : parts) {
                memory.read(reader, part, whole, first);
                first += part.elements();
            }
            return whole;
        }

        private void pack(NDArray[] slots, int slot, NDArray weight) {
            slots[slot] = memory.packed(manager, weight, precision);
            slots[slot + 1] = backward ? memory.packedTranspose(manager, weight, precision) : nothing;
        }

        private TensorSpec spec(String name) {
            return reader.manifest().tensor(name).orElseThrow();
        }
    }
}
