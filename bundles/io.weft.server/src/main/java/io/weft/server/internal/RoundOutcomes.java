package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the sites said of the updates that a round is folded from. */
final class RoundOutcomes {

    private RoundOutcomes() {}

    /** By site, of the updates that the step names. */
    static SortedMap<String, Outcome> of(Step.Fold fold, List<Done> history) {
        SortedMap<String, Outcome> outcomes = new TreeMap<>();
        for (ModelRef update : fold.updates()) {
            String site = update.id().substring(update.id().lastIndexOf('/') + 1);
            outcomes.put(site, of(update, site, history));
        }
        return outcomes;
    }

    private static Outcome of(ModelRef update, String site, List<Done> history) {
        for (int i = history.size() - 1; i >= 0; i--) {
            if (history.get(i).step() instanceof Step.Ask ask
                    && update.equals(ModelRef.update(ask.round(), site))
                    && ask.task().equals(Task.TRAIN)
                    && history.get(i).outcomes().containsKey(site)) {
                return history.get(i).outcomes().get(site);
            }
        }
        throw new Refusal("the workflow folds '" + update.id() + "', which no site has returned");
    }
}
