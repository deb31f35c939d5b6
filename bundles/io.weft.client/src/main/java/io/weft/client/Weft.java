package io.weft.client;

import io.weft.client.internal.session.Session;
import io.weft.client.internal.session.Sessions;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The Client API: a single-machine training program becomes a federated one.
 *
 * <pre>{@code
 * Weft.init();
 * while (Weft.isRunning()) {
 *     FLModel received = Weft.receive();
 *     Map<String, Tensor> params = train(received.params());
 *     Weft.send(FLModel.of(params).steps(100));
 * }
 * }</pre>
 *
 * A program that a site starts has this on its class path without doing anything for it. Of several processes of one training only
 * that of rank 0 talks to the site; for the others {@link #isRunning()} is false.
 */
public final class Weft {

    private Weft() {}

    /**
     * Joins the site that started this program. The process's rank is what the environment says (RANK), else 0.
     *
     * @throws NotConnected when no site started it
     */
    public static void init() {
        Sessions.join();
    }

    /** Waits for the next task; false when the job is over. */
    public static boolean isRunning() {
        return session().map(Session::isRunning).orElse(false);
    }

    /**
     * The model of the current task, waiting for one.
     *
     * @throws IllegalStateException when there is no task any more
     */
    public static FLModel receive() {
        return session()
                .flatMap(Session::receive)
                .orElseThrow(() -> new IllegalStateException(
                        "the job is over, so there is nothing to receive; ask Weft.isRunning() first"));
    }

    /**
     * Answers the current task.
     *
     * @throws IllegalStateException when there is none
     */
    public static void send(FLModel model) {
        session().ifPresent(session -> session.send(model));
    }

    /** Whether the current task is to train and to send a model. */
    public static boolean isTrain() {
        return taskName().equals(Optional.of("train"));
    }

    /** Whether the current task is to measure the received model and to send metrics alone. */
    public static boolean isEvaluate() {
        return taskName().equals(Optional.of("validate"));
    }

    /** Whether the current task is to send a model as it is. */
    public static boolean isSubmitModel() {
        return taskName().equals(Optional.of("submit_model"));
    }

    /** {@code train}, {@code validate} or {@code submit_model}; empty when there is no task. */
    public static Optional<String> taskName() {
        return session().flatMap(Session::taskName);
    }

    /** Where this program takes part. */
    public static SystemInfo systemInfo() {
        return session().map(Session::systemInfo).orElseThrow(Weft::ofAnotherRank);
    }

    /** The job's id. */
    public static String jobId() {
        return systemInfo().jobId();
    }

    /** This site's name. */
    public static String siteName() {
        return systemInfo().siteName();
    }

    /** The job file as this site runs it. */
    public static Map<String, Object> config() {
        return session().map(Session::config).orElseThrow(Weft::ofAnotherRank);
    }

    /** Writes a number down for the server's trackers, while the program trains; the values of a key are counted from 0. */
    public static void log(String key, double value) {
        write("scalar", key, OptionalLong.empty(), Map.of("value", value));
    }

    /** Writes a number down at a step of the program's own count. */
    public static void log(String key, double value, long step) {
        write("scalar", key, OptionalLong.of(step), Map.of("value", value));
    }

    static void write(String type, String tag, OptionalLong step, Map<String, Object> values) {
        session().ifPresent(session -> session.write(type, tag, step, values));
    }

    /** Leaves the job. The end of the program does so, too. */
    public static void shutdown() {
        Sessions.leave();
    }

    /** Empty for a process that is not of rank 0. */
    private static Optional<Session> session() {
        return Sessions.current();
    }

    private static IllegalStateException ofAnotherRank() {
        return new IllegalStateException("only the process of rank 0 talks to the site");
    }
}
