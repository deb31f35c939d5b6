package io.weft.api.plugin;

import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.osgi.annotation.versioning.ProviderType;

/** One job as a plugin sees it, at the server or at one site. */
@ProviderType
public interface JobContext {

    /** The job's id. It never enters tensors, seeds or file contents. */
    String job();

    /** The site this runs at; empty at the server. */
    Optional<String> site();

    /** The number of rounds of the job. */
    int rounds();

    /** This plugin's options as the job file gives them; unknown keys and ranges were refused before the job started. */
    <A extends Annotation> A options(Class<A> type);

    /**
     * An error in one of this plugin's options that its declaration cannot tell, such as two that do not go together. It begins with
     * file, line and key, as errors of types and ranges do.
     *
     * @param option the option's name, given in the job file or not
     * @param message what was found, what is allowed and what to do
     */
    default Refusal refusal(String option, String message) {
        return new Refusal(option + ": " + message);
    }

    /** A generator that depends on (job seed, site, round, purpose) and on nothing else. Use no other source of chance. */
    RandomGenerator random(String purpose, int round);

    /** A generator that depends on (job seed, purpose) alone, so that every site draws the same. */
    RandomGenerator sharedRandom(String purpose);

    /** What must outlive the round: optimizer moments, control variates, error feedback. */
    StateStore state();

    /**
     * Another plugin that this one works with, held until the work for which this context was made is closed.
     *
     * @param section the key of the job file with the partner's options, such as {@code strategy}
     * @throws Refusal when there is no such plugin; the message lists those there are
     */
    <P extends Plugin> Partner<P> partner(Class<P> kind, String name, String section);

    /** Records one value under the current round, for metrics and trackers. */
    void report(String metric, double value);

    /** Tells who watches, in one sentence, what a person should know and what stops nothing, such as records that were cut. */
    void note(String message);

    /** Passes lines on that a program of the job wrote, while it works, to who watches and to the job's logs. */
    default void output(List<String> lines) {}

    /**
     * Tells who watches how far a long piece of work is; cheap enough to call at every step.
     *
     * @param activity what is done, such as {@code train} or {@code validate}
     * @param done units finished, from 0 to {@code total}
     * @param values what to show, such as {@code loss} and {@code tokensPerSecond}
     */
    void progress(String activity, long done, long total, Map<String, Double> values);

    /**
     * Writes something down for the job's trackers. Nothing is left out on the way to the server, so this may wait for a link that
     * is full; what only who watches needs is {@link #progress}.
     *
     * @param tag what it is, grouped by a slash: {@code encoder/gradient}
     * @param step where in the training it belongs, such as the number of optimizer steps so far
     */
    default void track(String tag, long step, Summary value) {}

    /**
     * Returns when work may go on.
     *
     * @throws java.util.concurrent.CancellationException when the job was stopped
     */
    void checkCancelled();

    /** Runs the listener when the job is stopped, at once when it has been; until the returned handle is closed. */
    default Registration onCancelled(Runnable listener) {
        return () -> {};
    }

    /** Ends what it was returned for when it is closed. */
    @FunctionalInterface
    interface Registration extends AutoCloseable {

        @Override
        void close();
    }
}
