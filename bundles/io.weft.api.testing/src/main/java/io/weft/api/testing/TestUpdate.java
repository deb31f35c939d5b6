package io.weft.api.testing;

import io.weft.api.filter.Filtering;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A site's update in memory, as a difference to the model that the site received, which is filtered as the runtime does it. */
public final class TestUpdate {

    private static final int PIECE = 1024;

    private final MemoryTensors received;
    private final MemoryTensors difference;
    private final int piece;

    private TestUpdate(MemoryTensors received, MemoryTensors difference, int piece) {
        this.received = received;
        this.difference = difference;
        this.piece = piece;
    }

    /** An update of float tensors. */
    public static TestUpdate of(MemoryTensors received, MemoryTensors difference) {
        return new TestUpdate(received, difference, PIECE);
    }

    /** An update that trained a model of zeros. */
    public static TestUpdate of(MemoryTensors difference) {
        return of(new MemoryTensors(difference.manifest().tensors()), difference);
    }

    /** The same, filtered in pieces of another size. */
    public TestUpdate inPiecesOf(int elements) {
        return new TestUpdate(received, difference, elements);
    }

    /** The difference that leaves the site; what is withheld is zero. */
    public MemoryTensors filtered(UpdateFilter filter, JobContext job) throws IOException {
        filter.check(job, tensors());
        try (Filtering filtering = filter.open(job, 1, received)) {
            return filtered(filtering);
        }
    }

    /**
     * The same, by what a filter has opened.
     *
     * @throws Refusal when it refuses the update
     */
    public MemoryTensors filtered(Filtering filtering) {
        if (filtering.needsSurvey()) {
            for (TensorSpec tensor : tensors()) {
                for (int first = 0; first < tensor.elements() && !filtering.withholds(tensor); first += piece) {
                    float[] values = piece(tensor, first);
                    filtering.survey(tensor, first, values, values.length);
                }
            }
        }
        Optional<String> refused = filtering.refuse(new Outcome(1, 1, 1, new TreeMap<>()));
        if (refused.isPresent()) {
            throw new Refusal(refused.get());
        }
        MemoryTensors out = new MemoryTensors(tensors());
        for (TensorSpec tensor : tensors()) {
            for (int first = 0; first < tensor.elements(); first += piece) {
                float[] values = piece(tensor, first);
                if (filtering.withholds(tensor)) {
                    values = new float[values.length];
                } else {
                    filtering.apply(tensor, first, values, values.length);
                }
                out.write(tensor, first, values, values.length);
            }
        }
        return out;
    }

    private List<TensorSpec> tensors() {
        return difference.manifest().tensors();
    }

    private float[] piece(TensorSpec tensor, int first) {
        float[] values = new float[(int) Math.min(piece, tensor.elements() - first)];
        difference.read(tensor, first, values, values.length);
        return values;
    }
}
