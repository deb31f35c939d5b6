package io.weft.server.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.History;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Quorum;
import io.weft.api.workflow.Step;
import io.weft.api.workflow.Workflow;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Component;

/**
 * Scatter and gather: the first site by name gives the first model; then in every round all sites train the global model and their
 * updates are folded into the next one; the last one is offered as the result.
 */
@Component(property = Plugin.NAME + "=fedavg")
public final class FederatedAveragingWorkflow implements Workflow {

    @Override
    public Step next(JobContext job, History history) {
        if (history.done().isEmpty()) {
            String first = history.sites().get(0);
            return ask(0, Task.SUBMIT_MODEL, List.of(first), ModelRef.global(0));
        }
        Done last = history.done().get(history.done().size() - 1);
        if (last.step() instanceof Step.Ask ask && ask.task().equals(Task.TRAIN)) {
            return new Step.Fold(
                    ask.round(),
                    last.outcomes().keySet().stream()
                            .map(site -> ModelRef.update(ask.round(), site))
                            .toList());
        }
        int finished = last.step() instanceof Step.Fold fold ? fold.round() : 0;
        if (finished == job.rounds()) {
            return new Step.Finish(ModelRef.global(finished));
        }
        return ask(finished + 1, Task.TRAIN, history.sites(), ModelRef.global(finished));
    }

    private static Step ask(int round, String task, List<String> sites, ModelRef model) {
        SortedMap<String, ModelRef> models = new TreeMap<>();
        sites.forEach(site -> models.put(site, model));
        return new Step.Ask(round, task, models, new Quorum(sites.size(), Optional.empty()));
    }
}
