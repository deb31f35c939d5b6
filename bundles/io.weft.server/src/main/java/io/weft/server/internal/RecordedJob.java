package io.weft.server.internal;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.server.JobState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a job's log says that lies in the job's folder, and how each round's model was made. */
final class RecordedJob {

    private final List<Done> history = new ArrayList<>();
    private final SortedMap<String, LogEntry.Task> trained = new TreeMap<>();
    private final SortedMap<Integer, Map<?, ?>> aggregators = new TreeMap<>();
    private final SortedMap<Integer, Round> rounds = new TreeMap<>();
    private final SortedMap<String, String> first = new TreeMap<>();
    private final SortedMap<String, String> result = new TreeMap<>();
    private final SortedMap<String, String> last = new TreeMap<>();
    private final List<LogFinding> wrong = new ArrayList<>();
    private Optional<String> state = Optional.empty();

    /**
     * A round that was folded.
     *
     * @param files that its model is, with the SHA-256 of each; none where an older Weft wrote the record
     * @param outcomes of the sites whose updates were folded
     * @param updates of these sites, as they came
     * @param aggregator who folded: name, bundle, version, SHA-256; empty where it is not on record
     */
    record Round(
            int number,
            SortedMap<String, String> files,
            SortedMap<String, Outcome> outcomes,
            SortedMap<String, LogEntry.Task> updates,
            Optional<Map<?, ?>> aggregator) {}

    private RecordedJob() {}

    /** Reads what events say; those that say nothing that can be understood are told as wrong. */
    static RecordedJob of(List<Map<?, ?>> events) {
        RecordedJob job = new RecordedJob();
        for (Map<?, ?> event : events) {
            try {
                job.take(event);
            } catch (RuntimeException e) {
                long line = event.get("n") instanceof Number number ? number.longValue() : 0;
                job.wrong.add(LogFinding.of(line, "line " + event.get("n") + " says nothing that can be understood"));
            }
        }
        return job;
    }

    private void take(Map<?, ?> event) {
        if ("lease".equals(event.get("event"))
                && !event.containsKey("site")
                && Aggregator.class.getSimpleName().equals(event.get("kind"))) {
            aggregators.put(Steps.whole(event, "round"), event);
        } else if (Standing.EVENT.equals(event.get("event"))) {
            state = Optional.of(Steps.text(event, "state"));
            last.clear();
            last.putAll(LogEntry.files(event));
        }
        Optional<LogEntry> entry = LogEntry.of(event);
        if (entry.isPresent()
                && entry.get() instanceof LogEntry.Task task
                && task.task().equals(Task.TRAIN)) {
            trained.put(ModelRef.update(task.round(), task.site()).id(), task);
        } else if (entry.isPresent() && entry.get() instanceof LogEntry.Step step) {
            take(step);
        }
    }

    private void take(LogEntry.Step entry) {
        if (entry.finishing()) {
            return;
        }
        history.add(entry.done());
        if (entry.done().step() instanceof Step.Fold fold) {
            rounds.put(fold.round(), round(fold, entry.files()));
        } else if (entry.done().step() instanceof Step.Finish) {
            result.putAll(entry.files());
        } else {
            first.putAll(entry.files());
        }
    }

    private Round round(Step.Fold fold, SortedMap<String, String> files) {
        SortedMap<String, LogEntry.Task> updates = new TreeMap<>();
        for (ModelRef update : fold.updates()) {
            Optional.ofNullable(trained.get(update.id())).ifPresent(task -> updates.put(task.site(), task));
        }
        return new Round(
                fold.round(),
                files,
                RoundOutcomes.of(fold, history),
                updates,
                Optional.ofNullable(aggregators.get(fold.round())));
    }

    /** The rounds that were folded, by their numbers. */
    SortedMap<Integer, Round> rounds() {
        return Collections.unmodifiableSortedMap(rounds);
    }

    /** The newest round that was folded; 0 for none. */
    int newest() {
        return rounds.isEmpty() ? 0 : rounds.lastKey();
    }

    /** The last round that there must have been: the newest that was folded or, of a job that is finished, trained for. */
    int lastExpected() {
        return state.filter(JobState.FINISHED.name()::equals).isEmpty()
                ? newest()
                : trained.values().stream().mapToInt(LogEntry.Task::round).reduce(newest(), Math::max);
    }

    /** The first model with what belongs to it. */
    SortedMap<String, String> first() {
        return Collections.unmodifiableSortedMap(first);
    }

    /** The files of the result; none before the end. */
    SortedMap<String, String> result() {
        return Collections.unmodifiableSortedMap(result);
    }

    /** What was written last, when the job was over. */
    SortedMap<String, String> last() {
        return Collections.unmodifiableSortedMap(last);
    }

    /** The last state; empty for a job that has only begun. */
    Optional<String> state() {
        return state;
    }

    /** The lines that cannot be understood. */
    List<LogFinding> wrong() {
        return List.copyOf(wrong);
    }
}
