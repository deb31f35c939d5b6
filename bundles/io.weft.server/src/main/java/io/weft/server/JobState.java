package io.weft.server;

/** Where a job stands. */
public enum JobState {
    /** Accepted, not begun. */
    SUBMITTED,
    RUNNING,
    /** Something that it needs is missing; it goes on when that is back. */
    WAITING,
    FINISHED,
    /** Somebody stopped it. */
    STOPPED,
    FAILED;

    /** Whether nothing will happen any more. */
    public boolean ended() {
        return this == FINISHED || this == STOPPED || this == FAILED;
    }
}
