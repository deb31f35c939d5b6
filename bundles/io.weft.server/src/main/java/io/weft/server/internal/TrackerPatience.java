package io.weft.server.internal;

import java.time.Duration;

/**
 * How long the end of a job waits for a tracker that has not taken all values: as long as it goes on taking them, within a limit.
 *
 * @param still how long it may be at one value, or at its own end, of the time that is waited for it
 * @param whole how long it may take for all that it was given before the job's end
 * @param hurried how long it may take when the job was stopped
 * @param interrupted how long it may take to end when it was given up and interrupted
 */
record TrackerPatience(Duration still, Duration whole, Duration hurried, Duration interrupted) {

    /**
     * How much longer it is worth to wait, in nanoseconds; not above 0 when it is not. A tracker that is busy when the end begins to
     * wait gets its time from then on: a first value may open an experiment and its runs. One that has hung for all that the end would wait
     * gets none. All times are such as {@link System#nanoTime} gives.
     *
     * @param busySince when the tracker was given what it is busy with
     * @param endSince when the end began to wait
     */
    long left(long busySince, long endSince, long now) {
        return Math.min(
                still.toNanos() - (now - Math.max(busySince, endSince)),
                whole.toNanos() - (now - Math.min(busySince, endSince)));
    }

    /**
     * The same when there is no time to wait.
     *
     * @param hurriedSince when the job was stopped, or the end began to wait for a job that had been
     */
    long leftInHurry(long hurriedSince, long now) {
        return hurried.toNanos() - (now - hurriedSince);
    }
}
