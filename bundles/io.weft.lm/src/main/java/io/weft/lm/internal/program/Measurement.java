package io.weft.lm.internal.program;

import io.weft.lm.internal.text.Example;
import io.weft.lm.internal.text.Packed;
import java.util.List;

/**
 * How a model does on records.
 *
 * @param loss the mean over labelled tokens
 * @param accuracy the share of labels that the model ranked first
 * @param tokens labelled tokens
 * @param samples records
 */
public record Measurement(double loss, double accuracy, long tokens, long samples) {

    private static final int PACK = 2048;

    /** Told before each pack. */
    public interface Watch {

        /** {@code done} of {@code total} packs are finished; may throw to stop. */
        void before(int done, int total);
    }

    /** Measures all examples. */
    public static Measurement of(Model model, Trained trained, List<Example> examples, Turns turns, Watch watch) {
        double loss = 0;
        double right = 0;
        long tokens = 0;
        List<Packed> packs = Packed.pack(examples, PACK);
        for (int i = 0; i < packs.size(); i++) {
            watch.before(i, packs.size());
            try (Turns.Turn turn = turns.take()) {
                Model.Measured measured = model.measure(packs.get(i), trained.list());
                loss += measured.loss();
                right += measured.right();
                tokens += packs.get(i).labelled();
            }
        }
        return new Measurement(loss / tokens, right / tokens, tokens, examples.size());
    }
}
