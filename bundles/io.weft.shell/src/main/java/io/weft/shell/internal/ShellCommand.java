package io.weft.shell.internal;

import java.io.IOException;
import java.util.List;

/** A word of the command line: {@code simulate}, {@code plugins} … */
public interface ShellCommand {

    /** Exit code: stopped, or waiting for something. */
    int STOPPED = 3;

    /** What there is to say about it. */
    Manual manual();

    /** Whether a process that runs this stays for a while, so that others in its home may ask it. */
    default boolean stays() {
        return false;
    }

    /** Whether it speaks of the runtime in this home, so that the process that stays there is asked. */
    default boolean isOfTheRuntime() {
        return false;
    }

    /** Whether it speaks of the server or the site that lives in this home, so that the process where that is so is asked. */
    default boolean isOfTheResident() {
        return false;
    }

    /** Whether the process that stays is asked only with an operand, and this one does what the word means alone. */
    default boolean isOfTheResidentWithAnOperand() {
        return false;
    }

    /**
     * What may be written for a flag's value or for the operand, for completion; paths and commands are found without it.
     *
     * @param place the flag with its dashes, or the operand's word
     */
    default List<String> known(String place) {
        return List.of();
    }

    /**
     * Does what was asked.
     *
     * @return the exit code
     * @throws io.weft.api.plugin.Refusal when it was refused before it began
     */
    int run(Arguments arguments, Screen screen) throws IOException, InterruptedException;

    /** The same from words that were not sorted yet. */
    default int run(List<String> words, Screen screen) throws IOException, InterruptedException {
        return run(Arguments.parse(manual(), words), screen);
    }
}
