package io.weft.client.internal.host;

/**
 * How long a program may take, in seconds.
 *
 * @param start until it joins
 * @param silent without a sign of life; infinite where none are given
 * @param task for one task; 0 for as long as it takes
 * @param stop to end when the job is over
 */
record Limits(double start, double silent, double task, double stop) {

    static Limits of(ProcessOptions options) {
        return new Limits(
                options.startSeconds(), options.silentSeconds(), options.taskSeconds(), options.stopSeconds());
    }
}
