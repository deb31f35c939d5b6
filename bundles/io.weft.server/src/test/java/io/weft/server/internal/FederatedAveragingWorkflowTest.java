package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.plugin.JobContext;
import io.weft.api.training.Outcome;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.History;
import io.weft.api.workflow.Quorum;
import io.weft.api.workflow.Step;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FederatedAveragingWorkflowTest {

    private static final JobContext TWO_ROUNDS = (JobContext) Proxy.newProxyInstance(
            JobContext.class.getClassLoader(), new Class<?>[] {JobContext.class}, (context, method, arguments) -> {
                if (method.getName().equals("rounds")) {
                    return 2;
                }
                throw new UnsupportedOperationException(method.getName());
            });

    @Test
    void asksFoldsAndFinishes() {
        List<Done> done = new ArrayList<>();
        List<String> steps = new ArrayList<>();
        Step step;
        do {
            step = new FederatedAveragingWorkflow().next(TWO_ROUNDS, new History(done, List.of("a", "b")));
            steps.add(text(step));
            SortedMap<String, Outcome> outcomes = new TreeMap<>();
            if (step instanceof Step.Ask ask) {
                ask.models().keySet().forEach(site -> outcomes.put(site, new Outcome(1, 1, 1, new TreeMap<>())));
            }
            done.add(new Done(step, outcomes));
        } while (!(step instanceof Step.Finish));
        assertEquals(
                List.of(
                        "0 submit-model {a=global/0}",
                        "1 train {a=global/0, b=global/0}",
                        "fold 1 [update/1/a, update/1/b]",
                        "2 train {a=global/1, b=global/1}",
                        "fold 2 [update/2/a, update/2/b]",
                        "finish global/2"),
                steps);
    }

    @Test
    void asksNobodyForAFirstModelThatTheJobBroughtAlong() {
        Quorum nobody = new Quorum(0, Optional.empty());
        Done brought = new Done(new Step.Ask(0, "submit-model", new TreeMap<>(), nobody), new TreeMap<>());
        Step step = new FederatedAveragingWorkflow().next(TWO_ROUNDS, new History(List.of(brought), List.of("a", "b")));
        assertEquals("1 train {a=global/0, b=global/0}", text(step));
    }

    private static String text(Step step) {
        if (step instanceof Step.Ask ask) {
            SortedMap<String, String> models = new TreeMap<>();
            ask.models().forEach((site, model) -> models.put(site, model.id()));
            return ask.round() + " " + ask.task() + " " + models;
        }
        if (step instanceof Step.Fold fold) {
            return "fold " + fold.round() + " "
                    + fold.updates().stream().map(update -> update.id()).toList();
        }
        return "finish " + ((Step.Finish) step).result().id();
    }
}
