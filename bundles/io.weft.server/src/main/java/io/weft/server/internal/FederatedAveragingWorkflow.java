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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.service.component.annotations.Component;

/**
 * Scatter and gather: the first site by name gives the first model; then in every round all sites train the global model and the
 * updates of those that answered are folded into the next one; the last one is offered as the result.
 */
@Component(property = Plugin.NAME + "=fedavg")
public final class FederatedAveragingWorkflow implements Workflow {

    @Override
    public Step next(JobContext job, History history) {
        if (!hasFirstModel(history)) {
            return firstModel(history);
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
        if (history.enough().isPresent()) {
            return new Step.Finish(ModelRef.global(finished), history.enough());
        }
        return ask(finished + 1, Task.TRAIN, history.sites(), ModelRef.global(finished), history.quorum());
    }

    private static boolean hasFirstModel(History history) {
        // A submission that nobody was asked for stands for a model that the job brought along.
        return history.done().stream()
                .filter(FederatedAveragingWorkflow::isSubmission)
                .anyMatch(done -> !done.outcomes().isEmpty()
                        || ((Step.Ask) done.step()).models().isEmpty());
    }

    private static boolean isSubmission(Done done) {
        return done.step() instanceof Step.Ask ask && ask.task().equals(Task.SUBMIT_MODEL);
    }

    /** Any site gives the same first model, so where not every site is needed the next one is asked when one fails. */
    private static Step firstModel(History history) {
        List<String> left = new ArrayList<>(history.sites());
        history.done().stream()
                .filter(FederatedAveragingWorkflow::isSubmission)
                .forEach(
                        done -> left.removeAll(((Step.Ask) done.step()).models().keySet()));
        boolean another =
                left.size() > 1 && history.quorum().min() < history.sites().size();
        Quorum quorum = another ? new Quorum(0, history.quorum().deadline()) : new Quorum(1, Optional.empty());
        return ask(0, Task.SUBMIT_MODEL, left.subList(0, 1), ModelRef.global(0), quorum);
    }

    private static Step ask(int round, String task, List<String> sites, ModelRef model, Quorum quorum) {
        SortedMap<String, ModelRef> models = new TreeMap<>();
        sites.forEach(site -> models.put(site, model));
        return new Step.Ask(round, task, models, quorum);
    }
}
