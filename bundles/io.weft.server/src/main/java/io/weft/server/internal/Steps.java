package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Quorum;
import io.weft.api.workflow.Step;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What was done, as JSON and back: a job's history is replayed from its events. */
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
            text.put("min", ask.quorum().min());
            ask.quorum().deadline().ifPresent(deadline -> text.put("deadline", deadline.toString()));
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

    /** The summary that was {@linkplain #describe(JobSummary, Optional) described}. */
    static JobSummary summary(Map<?, ?> text) {
        Optional<JobSummary.Best> best = text.get("best") instanceof Map<?, ?> chosen
                ? Optional.of(
                        new JobSummary.Best(whole(chosen, "round"), text(chosen, "metric"), number(chosen, "value")))
                : Optional.empty();
        return new JobSummary(
                text(text, "job"),
                JobState.valueOf(text(text, "state")),
                whole(text, "rounds"),
                best,
                (long) number(text, "bytesUp"),
                (long) number(text, "bytesDown"),
                number(text, "seconds"));
    }

    private static Map<String, Object> describe(JobSummary.Best best) {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("round", best.round());
        text.put("metric", best.metric());
        text.put("value", best.value());
        return text;
    }

    /** The step that was {@linkplain #describe(Done) described}. */
    static Done parse(Map<?, ?> text) {
        return switch (text(text, "step")) {
            case "ask" -> asked(text);
            case "fold" -> {
                List<?> updates = (List<?>) text.get("updates");
                List<ModelRef> references =
                        updates.stream().map(id -> new ModelRef((String) id)).toList();
                yield new Done(new Step.Fold(whole(text, "round"), references), new TreeMap<>());
            }
            case "finish" -> {
                Optional<String> reason = Optional.ofNullable(text(text, "reason"));
                yield new Done(new Step.Finish(new ModelRef(text(text, "result")), reason), new TreeMap<>());
            }
            default ->
                throw new Refusal("the job's log has a step '" + text.get("step")
                        + "', which this Weft does not know; resume the job with the Weft that began it");
        };
    }

    private static Done asked(Map<?, ?> text) {
        SortedMap<String, ModelRef> models = new TreeMap<>();
        map(text, "models").forEach((site, model) -> models.put((String) site, new ModelRef((String) model)));
        SortedMap<String, Outcome> outcomes = new TreeMap<>();
        map(text, "outcomes").forEach((site, outcome) -> outcomes.put((String) site, outcome((Map<?, ?>) outcome)));
        SortedMap<String, String> failed = new TreeMap<>();
        if (text.containsKey("failed")) {
            map(text, "failed").forEach((site, reason) -> failed.put((String) site, (String) reason));
        }
        SortedSet<String> late = new TreeSet<>();
        if (text.get("late") instanceof List<?> sites) {
            sites.forEach(site -> late.add((String) site));
        }
        Optional<Duration> deadline =
                Optional.ofNullable(text(text, "deadline")).map(Duration::parse);
        Quorum quorum = new Quorum(whole(text, "min"), deadline);
        return new Done(new Step.Ask(whole(text, "round"), text(text, "task"), models, quorum), outcomes, failed, late);
    }

    static Outcome outcome(Map<?, ?> text) {
        return new Outcome(
                (long) number(text, "steps"),
                (long) number(text, "samples"),
                (long) number(text, "tokens"),
                numbers(text, "metrics"));
    }

    /** A map of numbers; those that JSON has no form for are written as text. */
    static SortedMap<String, Double> numbers(Map<?, ?> text, String key) {
        SortedMap<String, Double> numbers = new TreeMap<>();
        Map<?, ?> written = map(text, key);
        written.keySet().forEach(name -> numbers.put((String) name, number(written, (String) name)));
        return numbers;
    }

    static double number(Map<?, ?> text, String key) {
        return text.get(key) instanceof Number number
                ? number.doubleValue()
                : Double.parseDouble(String.valueOf(text.get(key)));
    }

    static int whole(Map<?, ?> text, String key) {
        return ((Number) text.get(key)).intValue();
    }

    static String text(Map<?, ?> text, String key) {
        return (String) text.get(key);
    }

    static Map<?, ?> map(Map<?, ?> text, String key) {
        return (Map<?, ?>) text.get(key);
    }
}
