package io.weft.server.internal;

import io.weft.api.training.Outcome;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.server.JobSummary;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What was done, as JSON: enough to replay a job's history from its events. */
final class Steps {

    private Steps() {}

    static Map<String, Object> describe(Done done) {
        Map<String, Object> text = new LinkedHashMap<>();
        if (done.step() instanceof Step.Ask ask) {
            text.put("step", "ask");
            text.put("round", ask.round());
            text.put("task", ask.task());
            Map<String, Object> models = new LinkedHashMap<>();
            ask.models().forEach((site, model) -> models.put(site, model.id()));
            text.put("models", models);
            Map<String, Object> outcomes = new LinkedHashMap<>();
            done.outcomes().forEach((site, outcome) -> outcomes.put(site, describe(outcome)));
            text.put("outcomes", outcomes);
            if (!done.failed().isEmpty()) {
                text.put("failed", done.failed());
            }
            if (!done.late().isEmpty()) {
                text.put("late", done.late());
            }
        } else if (done.step() instanceof Step.Fold fold) {
            text.put("step", "fold");
            text.put("round", fold.round());
            text.put("updates", fold.updates().stream().map(ModelRef::id).toList());
        } else if (done.step() instanceof Step.Finish finish) {
            text.put("step", "finish");
            text.put("result", finish.result().id());
            finish.reason().ifPresent(reason -> text.put("reason", reason));
        }
        return text;
    }

    static Map<String, Object> describe(Outcome outcome) {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("steps", outcome.steps());
        text.put("samples", outcome.samples());
        text.put("tokens", outcome.tokens());
        text.put("metrics", outcome.metrics());
        return text;
    }

    /** The fields of {@code summary.json}. */
    static Map<String, Object> describe(JobSummary summary, Optional<String> reason) {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("job", summary.job());
        text.put("state", summary.state().name());
        reason.ifPresent(why -> text.put("reason", why));
        text.put("rounds", summary.rounds());
        text.put("best", summary.best().map(Steps::describe).orElse(null));
        text.put("bytesUp", summary.bytesUp());
        text.put("bytesDown", summary.bytesDown());
        text.put("seconds", summary.seconds());
        return text;
    }

    private static Map<String, Object> describe(JobSummary.Best best) {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("round", best.round());
        text.put("metric", best.metric());
        text.put("value", best.value());
        return text;
    }
}
