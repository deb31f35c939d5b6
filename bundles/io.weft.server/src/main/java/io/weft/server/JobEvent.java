package io.weft.server;

import io.weft.api.training.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** What happens in a job, for whoever watches it. */
public sealed interface JobEvent {

    /**
     * The job has an id and a folder; nothing has been computed.
     *
     * @param sites by name
     */
    record Started(String job, Path folder, int rounds, List<String> sites) implements JobEvent {}

    /**
     * The job goes on where it was, after {@link Started}.
     *
     * @param round the last that was finished; 0 for none
     * @param tasks that sites had done for the step that was under way, and need not do again
     * @param earlier what happened in earlier sittings and counts: rounds, validations, transfers, in order
     */
    record Resumed(int round, int tasks, List<JobEvent> earlier) implements JobEvent {

        public Resumed {
            earlier = List.copyOf(earlier);
        }
    }

    /** The sites are asked to train in this round, counted from 1. */
    record RoundStarted(int round) implements JobEvent {}

    /**
     * How far a site is.
     *
     * @param activity such as {@code train} or {@code validate}
     * @param done units of {@code total}
     * @param total 0 where nobody knows
     * @param values such as {@code loss} and {@code tokensPerSecond}
     */
    record SiteStep(int round, String site, String activity, long done, long total, SortedMap<String, Double> values)
            implements JobEvent {}

    /** A program of the job wrote these lines at a site. */
    record Wrote(String site, List<String> lines) implements JobEvent {

        public Wrote {
            lines = List.copyOf(lines);
        }
    }

    /** A site has done its task; its update, if it makes one, is still to come. */
    record SiteDone(int round, String site, String task, Outcome outcome, double seconds) implements JobEvent {}

    /**
     * A model or an update went over.
     *
     * @param up whether from the site to the server
     * @param logicalBytes of the tensors as they are computed with
     * @param wireBytes of all frames and their headers
     */
    record Transferred(int round, String site, boolean up, long logicalBytes, long wireBytes, double seconds)
            implements JobEvent {}

    /**
     * What went over, told before, was coded.
     *
     * @param up whether from the site to the server
     * @param logicalBytes of the tensors as they are computed with
     * @param encodedBytes of the tensors as they crossed the wire
     * @param encodeSeconds that coding took at the sender
     * @param decodeSeconds that decoding took at the receiver
     * @param relativeError the norm of what was lost over the norm of the coded values
     */
    record Coded(
            int round,
            String site,
            boolean up,
            long logicalBytes,
            long encodedBytes,
            double encodeSeconds,
            double decodeSeconds,
            double relativeError)
            implements JobEvent {}

    /**
     * A model was validated by all sites that have the dataset.
     *
     * @param round whose global model it is; 0 is the first
     * @param result whether it is the job's result as written
     * @param sites metrics of each site
     * @param global the same over all sites' tokens
     */
    record Validated(
            int round,
            boolean result,
            SortedMap<String, SortedMap<String, Double>> sites,
            SortedMap<String, Double> global)
            implements JobEvent {}

    /**
     * The round's updates are folded and its global model is on disk.
     *
     * @param outcomes of each site's training
     * @param weights with which each site counted
     * @param seconds since the round started
     */
    record RoundFinished(
            int round,
            SortedMap<String, Outcome> outcomes,
            SortedMap<String, Double> weights,
            long bytesUp,
            long bytesDown,
            double seconds)
            implements JobEvent {}

    /**
     * Something that a person should know and that stops nothing, such as records that were cut.
     *
     * @param site where it was seen; empty for the server
     */
    record Noted(Optional<String> site, String message) implements JobEvent {}

    /**
     * A site could not do what it was asked; it does not count in the round, and is asked again in the next one.
     *
     * @param round 0 for a site that did not get ready, and takes no part in the job
     * @param reason in one line, without the site's name
     */
    record SiteFailed(int round, String site, String reason) implements JobEvent {}

    /**
     * A site was not waited for, or what it returned came when its round had ended; it does not count in that round.
     *
     * @param reason in one line, without the site's name
     */
    record SiteLate(int round, String site, String reason) implements JobEvent {}

    /**
     * The job is in another state.
     *
     * @param reason why, for {@code WAITING}, {@code STOPPED}, {@code FAILED}, and for {@code FINISHED} before the last round
     */
    record StateChanged(JobState state, Optional<String> reason) implements JobEvent {}
}
