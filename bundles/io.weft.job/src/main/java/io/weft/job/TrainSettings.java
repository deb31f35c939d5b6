package io.weft.job;

import java.util.OptionalInt;

/**
 * How sites train in each round.
 *
 * @param lr the learning rate at its height, above 0
 * @param warmup the share of the whole federation's steps over which the learning rate rises from 0
 * @param clip the largest global norm of a step's gradients; 0 does not clip
 * @param batch records computed together
 * @param accumulate batches in one optimizer step
 * @param epochs passes over the data in a round; empty when {@code steps} is given
 * @param steps optimizer steps of a round; 0 exchanges models without training
 */
public record TrainSettings(
        OptimizerSettings optimizer,
        double lr,
        Schedule schedule,
        double warmup,
        double clip,
        int batch,
        int accumulate,
        OptionalInt epochs,
        OptionalInt steps,
        long seed,
        Precision precision,
        State state) {

    /** How the learning rate falls after the warm-up. */
    public enum Schedule {
        CONSTANT,
        LINEAR,
        COSINE
    }

    /** What is computed in. */
    public enum Precision {
        /** bf16 where the processor has it, else fp32. */
        AUTO,
        FP32,
        BF16
    }

    /** Whether the optimizer's state is carried from round to round. */
    public enum State {
        KEEP,
        RESET
    }
}
