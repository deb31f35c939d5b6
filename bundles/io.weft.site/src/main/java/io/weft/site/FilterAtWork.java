package io.weft.site;

import io.weft.api.filter.Filtering;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import io.weft.plugins.PluginCode;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A filter at work. An update is filtered in the midst of the trainer's code, so each call is marked as the filter's own, and what it
 * throws says which filter threw it.
 *
 * @param key of the section that names it
 */
record FilterAtWork(String key, Filtering filtering) implements Filtering {

    private static final Logger LOG = LoggerFactory.getLogger(FilterAtWork.class);

    private <T> T called(Supplier<T> call) {
        try (PluginCode code = PluginCode.of(filtering)) {
            return call.get();
        } catch (Refusal | CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.error("{} failed", key, e);
            throw new Refusal(key + " failed: " + e, e);
        }
    }

    private void called(Runnable call) {
        called(() -> {
            call.run();
            return Optional.empty();
        });
    }

    @Override
    public boolean withholds(TensorSpec tensor) {
        return called(() -> filtering.withholds(tensor));
    }

    @Override
    public boolean needsSurvey() {
        return called(filtering::needsSurvey);
    }

    @Override
    public void survey(TensorSpec tensor, long first, float[] piece, int count) {
        called(() -> filtering.survey(tensor, first, piece, count));
    }

    @Override
    public Optional<String> refuse(Outcome outcome) {
        return called(() -> filtering.refuse(outcome));
    }

    @Override
    public void apply(TensorSpec tensor, long first, float[] piece, int count) {
        called(() -> filtering.apply(tensor, first, piece, count));
    }

    @Override
    public Optional<String> account() {
        return called(filtering::account);
    }

    @Override
    public void close() {
        called(filtering::close);
    }
}
