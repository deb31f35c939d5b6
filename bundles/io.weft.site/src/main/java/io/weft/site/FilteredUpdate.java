package io.weft.site;

import io.weft.api.filter.Filtering;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** One update on its way through filters, one piece of one tensor in memory. */
final class FilteredUpdate {

    private static final int PIECE = 64 << 10;

    private final List<Filtering> filters;
    private final TensorReader trained;
    private final TensorReader received;
    private final Cancellation cancellation;
    private final float[] after = new float[PIECE];
    private final float[] before = new float[PIECE];
    private final float[] unfiltered = new float[PIECE];
    private final float[] difference = new float[PIECE];

    FilteredUpdate(List<Filtering> filters, TensorReader trained, TensorReader received, Cancellation cancellation) {
        this.filters = filters;
        this.trained = trained;
        this.received = received;
        this.cancellation = cancellation;
    }

    /** Has a filter look at what those before it make of the update, if it wants to. */
    void survey(int index) throws IOException {
        Filtering filter = filters.get(index);
        if (!filter.needsSurvey()) {
            return;
        }
        for (TensorSpec tensor : trained.manifest().tensors()) {
            if (tensor.type() != DType.F32 || isWithheld(tensor, index + 1)) {
                continue;
            }
            for (long first = 0; first < tensor.elements(); first += PIECE) {
                int count = filtered(tensor, first, index);
                filter.survey(tensor, first, difference, count);
            }
        }
    }

    /** Writes what leaves the site. */
    void write(TensorWriter out, boolean differences) throws IOException {
        for (TensorSpec tensor : out.manifest().tensors()) {
            boolean withheld = isWithheld(tensor, filters.size());
            if (tensor.type() != DType.F32) {
                copy(withheld ? received : trained, tensor, out);
                continue;
            }
            for (long first = 0; first < tensor.elements(); first += PIECE) {
                int count = withheld ? nothing(tensor, first) : filtered(tensor, first, filters.size());
                out.write(tensor, first, differences ? difference : weights(count, withheld), count);
            }
        }
    }

    private boolean isWithheld(TensorSpec tensor, int until) {
        return filters.subList(0, until).stream().anyMatch(filter -> filter.withholds(tensor));
    }

    /** Reads a piece, and has the first so many filters change it. */
    private int filtered(TensorSpec tensor, long first, int until) throws IOException {
        cancellation.check();
        int count = (int) Math.min(PIECE, tensor.elements() - first);
        trained.read(tensor, first, after, count);
        received.read(tensor, first, before, count);
        for (int i = 0; i < count; i++) {
            unfiltered[i] = after[i] - before[i];
        }
        System.arraycopy(unfiltered, 0, difference, 0, count);
        for (Filtering filter : filters.subList(0, until)) {
            filter.apply(tensor, first, difference, count);
        }
        return count;
    }

    private int nothing(TensorSpec tensor, long first) throws IOException {
        cancellation.check();
        int count = (int) Math.min(PIECE, tensor.elements() - first);
        received.read(tensor, first, before, count);
        Arrays.fill(difference, 0, count, 0);
        return count;
    }

    /** Turns differences into weights; those of elements that no filter changed are the trained ones, bit for bit. */
    private float[] weights(int count, boolean withheld) {
        if (withheld) {
            return before;
        }
        for (int i = 0; i < count; i++) {
            if (Float.floatToRawIntBits(difference[i]) != Float.floatToRawIntBits(unfiltered[i])) {
                after[i] = before[i] + difference[i];
            }
        }
        return after;
    }

    private void copy(TensorReader from, TensorSpec tensor, TensorWriter out) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(PIECE);
        for (long offset = 0; offset < tensor.bytes(); offset += PIECE) {
            cancellation.check();
            from.readBytes(tensor, offset, bytes.clear().limit((int) Math.min(PIECE, tensor.bytes() - offset)));
            out.writeBytes(tensor, offset, bytes.flip());
        }
    }
}
