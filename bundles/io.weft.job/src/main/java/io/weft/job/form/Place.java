package io.weft.job.form;

import io.weft.api.plugin.Refusal;

/** A line of a file, counted from 1. */
public record Place(String file, int line) {

    /** An error that begins with this place. */
    public Refusal refuse(String message) {
        return new Refusal(this + ": " + message);
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
