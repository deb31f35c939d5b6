package io.weft.exchange.coding;

import io.weft.api.plugin.StateStore;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What coding lost and the next round makes good (error feedback; Karimireddy et al. 2019, https://arxiv.org/abs/1901.09847). It is
 * kept with the plugins' states, so a round that is done again starts from what the round before left.
 */
final class Residual implements AutoCloseable {

    private final Optional<TensorReader> before;
    private final Optional<TensorWriter> next;
    private final Set<String> known = new HashSet<>();
    private float[] buffer = {};

    private Residual(Optional<TensorReader> before, Optional<TensorWriter> next) {
        this.before = before;
        this.next = next;
        before.ifPresent(state -> state.manifest().tensors().forEach(tensor -> known.add(key(tensor))));
    }

    static Residual of(Coding coding, List<TensorSpec> coded) throws IOException {
        if (!coding.feedsBack() || coded.isEmpty()) {
            return new Residual(Optional.empty(), Optional.empty());
        }
        StateStore state = coding.quantizer().job().state();
        Optional<TensorReader> before = state.committed();
        try {
            List<TensorSpec> kept =
                    coded.stream().map(tensor -> tensor.as(DType.F32)).toList();
            return new Residual(before, Optional.of(state.next(kept)));
        } catch (IOException | RuntimeException e) {
            if (before.isPresent()) {
                before.get().close();
            }
            throw e;
        }
    }

    private static String key(TensorSpec tensor) {
        return tensor.section() + ":" + tensor.name() + tensor.shape();
    }

    /** Adds what the round before lost of these elements. */
    void add(TensorSpec tensor, long first, float[] values, int count) throws IOException {
        if (before.isEmpty() || !known.contains(key(tensor))) {
            return;
        }
        float[] left = buffer(count);
        before.get().read(tensor.as(DType.F32), first, left, count);
        for (int i = 0; i < count; i++) {
            values[i] += left[i];
        }
    }

    /** Keeps what these elements lost. */
    void keep(TensorSpec tensor, long first, float[] values, float[] decoded, int count) throws IOException {
        if (next.isEmpty()) {
            return;
        }
        float[] left = buffer(count);
        for (int i = 0; i < count; i++) {
            float lost = values[i] - decoded[i];
            left[i] = Float.isFinite(lost) ? lost : 0;
        }
        next.get().write(tensor.as(DType.F32), first, left, count);
    }

    /** A tensor passes as it is after all, and loses nothing. */
    void drop(TensorSpec tensor, CodedLayout layout) throws IOException {
        if (next.isEmpty()) {
            return;
        }
        for (int i = 0; i < layout.pieces(); i++) {
            next.get().write(tensor.as(DType.F32), layout.first(i), new float[layout.count(i)], layout.count(i));
        }
    }

    void commit() throws IOException {
        if (next.isPresent()) {
            next.get().commit();
        }
    }

    private float[] buffer(int count) {
        if (buffer.length < count) {
            buffer = new float[count];
        }
        return buffer;
    }

    @Override
    public void close() throws IOException {
        if (before.isPresent()) {
            before.get().close();
        }
        if (next.isPresent()) {
            next.get().close();
        }
    }
}
