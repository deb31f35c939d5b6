package io.weft.server.internal;

import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.job.Job;
import io.weft.job.WeightBy;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** What a job has come to so far, whichever sitting did it: its steps, what they measured, and each round's time and bytes. */
final class RunHistory {

    private final Journal journal;
    private final JobTime time;
    private final WeightBy weightBy;
    private final Selection selection;
    private final List<Done> steps = new ArrayList<>();
    private final List<Done> measuredAtTheEnd = new ArrayList<>();
    private int begunRound;
    private double roundStarted;
    private long roundBytesUp;
    private long roundBytesDown;
    private int rounds;

    RunHistory(Job job, Journal journal, JobTime time) {
        this.journal = journal;
        this.time = time;
        this.weightBy = job.weightBy();
        this.selection = new Selection(job.select());
    }

    /** The steps of the workflow that are done. */
    List<Done> steps() {
        return steps;
    }

    /** How many rounds are folded. */
    int rounds() {
        return rounds;
    }

    /** Which round's model is the result. */
    Selection selection() {
        return selection;
    }

    /** Puts a step of the workflow behind those that are done. */
    void add(Done step) {
        steps.add(step);
    }

    /** Keeps a measurement that belongs to the end of the job, and is no step of the workflow. */
    void addMeasured(Done measured) {
        measuredAtTheEnd.add(measured);
    }

    /** Whether that measurement at the end is done. */
    boolean measured(Step.Ask ask) {
        return measuredAtTheEnd.stream().anyMatch(done -> done.step().equals(ask));
    }

    /** The workflow's end, once it is done. */
    Optional<Step.Finish> end() {
        return !steps.isEmpty() && steps.get(steps.size() - 1).step() instanceof Step.Finish finish
                ? Optional.of(finish)
                : Optional.empty();
    }

    /** The round's time and bytes count from here, whatever sitting that was in. */
    void begin(int round) {
        if (begunRound != round) {
            begunRound = round;
            roundStarted = time.seconds();
            roundBytesUp = journal.bytesUp();
            roundBytesDown = journal.bytesDown();
        }
    }

    /** Since the round that is under way has begun. */
    double secondsOfRound() {
        return time.seconds() - roundStarted;
    }

    /**
     * Takes into account what sites answered.
     *
     * @param seconds that each site's task took
     */
    void answered(Step.Ask ask, SortedMap<String, Outcome> outcomes, SortedMap<String, Double> seconds)
            throws IOException {
        if (ask.task().equals(Task.SUBMIT_MODEL)) {
            return;
        }
        if (ask.task().equals(Task.TRAIN)) {
            for (Map.Entry<String, Outcome> trained : outcomes.entrySet()) {
                journal.trained(
                        ask.round(), trained.getKey(), trained.getValue(), seconds.getOrDefault(trained.getKey(), 0.0));
            }
        }
        // What the sites measured is the model that they received, not the one that they made of it.
        Optional<ModelRef> common = ask.models().values().stream()
                .findFirst()
                .filter(model -> ask.models().values().stream().allMatch(model::equals));
        if (common.isPresent()) {
            int of = Models.round(common.get());
            journal.validated(of, !common.get().equals(ModelRef.global(of)), outcomes);
            selection.validated(of, outcomes);
        }
    }

    /** Takes into account that a round is folded. */
    void folded(int round, SortedMap<String, Outcome> outcomes, LogEntry.Folded folded) throws IOException {
        SortedMap<String, Double> weights = Weights.of(outcomes, weightBy);
        selection.trained(round, outcomes, weights);
        rounds = round;
        journal.aggregated(round, folded.aggregateSeconds(), folded.modules());
        journal.finished(new JobEvent.RoundFinished(
                round,
                outcomes,
                weights,
                journal.bytesUp() - roundBytesUp,
                journal.bytesDown() - roundBytesDown,
                folded.seconds()));
    }

    /** What the sites told of the updates that are folded. */
    SortedMap<String, Outcome> outcomes(Step.Fold fold) {
        return RoundOutcomes.of(fold, steps);
    }

    /** What came of a round's training. */
    Optional<Done> trained(int round) {
        return steps.stream()
                .filter(done -> done.step() instanceof Step.Ask ask
                        && ask.round() == round
                        && ask.task().equals(Task.TRAIN))
                .reduce((earlier, later) -> later);
    }

    /** The job in numbers, in that state. */
    JobSummary summary(String job, JobState state) {
        return new JobSummary(
                job, state, rounds, selection.known(), journal.bytesUp(), journal.bytesDown(), time.seconds());
    }
}
