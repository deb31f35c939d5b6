package io.weft.client.internal.host;

import java.io.IOException;
import java.util.Map;

/** A program that answers tasks, one at a time. */
interface RunningProgram extends AutoCloseable {

    /** Whether it can be given another task. */
    boolean usable();

    /**
     * Gives it a task and waits for the answer.
     *
     * @throws ProgramFailed when there will be none
     * @throws java.util.concurrent.CancellationException when the job was stopped
     */
    Map<String, Object> ask(Map<String, Object> task) throws ProgramFailed, IOException, InterruptedException;

    /** Stops what is left of it after it failed. One that may come back stays usable. */
    void drop();

    /** What is done after it failed, such as {@code it is started again}. */
    String again();

    /** Tells it that the job is over and lets it finish, for as long as it may; then stops what is left of it. */
    void end();

    /** Stops it at once, with all that it started. */
    @Override
    void close();
}
