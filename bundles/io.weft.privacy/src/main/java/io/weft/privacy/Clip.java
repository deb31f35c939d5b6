package io.weft.privacy;

import io.weft.api.filter.Filtering;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Option;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;

/**
 * Bounds the L2 norm of an update: a difference Δ to the received model, over all its tensors, becomes Δ · min(1, norm / ‖Δ‖), the flat
 * clipping of DP-FedAvg (McMahan et al. 2018, https://arxiv.org/abs/1710.06963). The norm is summed in fp64. Tensors without a norm,
 * those that are not floating-point, stay at the site.
 */
@Component(property = Plugin.NAME + "=clip")
public final class Clip implements UpdateFilter {

    /** What a job file says to it. */
    @interface ClipOptions {
        @Option(value = "The largest L2 norm of an update, over all its tensors.", min = 1e-12)
        double norm();
    }

    @Override
    public Class<? extends Annotation> options() {
        return ClipOptions.class;
    }

    @Override
    public void check(JobContext job, List<TensorSpec> tensors) {
        List<TensorSpec> without =
                tensors.stream().filter(tensor -> !hasNorm(tensor)).toList();
        if (!without.isEmpty()) {
            job.note("the filter clip: " + without.size() + " of " + tensors.size()
                    + " tensors of an update have no norm and stay at the site, such as '"
                    + without.get(0).name() + "' (" + without.get(0).type() + ")");
        }
    }

    private static boolean hasNorm(TensorSpec tensor) {
        return tensor.type().decodable();
    }

    @Override
    public Filtering open(JobContext job, int round, TensorReader received) {
        return new Clipping(job.options(ClipOptions.class).norm());
    }

    private static final class Clipping implements Filtering {

        private final double largest;
        private double squares;

        Clipping(double largest) {
            this.largest = largest;
        }

        @Override
        public boolean withholds(TensorSpec tensor) {
            return !hasNorm(tensor);
        }

        @Override
        public boolean needsSurvey() {
            return true;
        }

        @Override
        public void survey(TensorSpec tensor, long first, float[] piece, int count) {
            for (int i = 0; i < count; i++) {
                squares += (double) piece[i] * piece[i];
            }
        }

        private double norm() {
            return Math.sqrt(squares);
        }

        @Override
        public Optional<String> refuse(Outcome outcome) {
            return Double.isFinite(squares)
                    ? Optional.empty()
                    : Optional.of(
                            "its difference to the received model has values that are not finite, so it has no norm"
                                    + " to clip; lower the learning rate, or look at the site's records");
        }

        @Override
        public void apply(TensorSpec tensor, long first, float[] piece, int count) {
            double norm = norm();
            if (norm <= largest) {
                return;
            }
            double factor = largest / norm;
            for (int i = 0; i < count; i++) {
                piece[i] = (float) (piece[i] * factor);
            }
        }

        @Override
        public Optional<String> account() {
            return Optional.of(String.format(
                    Locale.ROOT,
                    norm() > largest ? "norm %.6g, clipped to %.6g" : "norm %.6g, not above %.6g",
                    norm(),
                    largest));
        }
    }
}
