package io.weft.site;

import io.weft.api.filter.Filtering;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import io.weft.plugins.PluginCode;
import java.util.Optional;

/** A filter at work, each of whose calls is marked as its own code: an update is filtered in the midst of the trainer's. */
record MarkedFiltering(Filtering filtering) implements Filtering {

    private PluginCode marked() {
        return PluginCode.of(filtering);
    }

    @Override
    public boolean withholds(TensorSpec tensor) {
        try (PluginCode code = marked()) {
            return filtering.withholds(tensor);
        }
    }

    @Override
    public boolean needsSurvey() {
        try (PluginCode code = marked()) {
            return filtering.needsSurvey();
        }
    }

    @Override
    public void survey(TensorSpec tensor, long first, float[] piece, int count) {
        try (PluginCode code = marked()) {
            filtering.survey(tensor, first, piece, count);
        }
    }

    @Override
    public Optional<String> refuse(Outcome outcome) {
        try (PluginCode code = marked()) {
            return filtering.refuse(outcome);
        }
    }

    @Override
    public void apply(TensorSpec tensor, long first, float[] piece, int count) {
        try (PluginCode code = marked()) {
            filtering.apply(tensor, first, piece, count);
        }
    }

    @Override
    public Optional<String> account() {
        try (PluginCode code = marked()) {
            return filtering.account();
        }
    }

    @Override
    public void close() {
        try (PluginCode code = marked()) {
            filtering.close();
        }
    }
}
