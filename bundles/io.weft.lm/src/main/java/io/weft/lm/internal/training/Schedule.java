package io.weft.lm.internal.training;

import io.weft.api.plugin.Refusal;

/**
 * The learning rate over all steps that a site takes in all rounds.
 *
 * @param warmup how many steps the rate rises over, in equal parts, to its peak
 * @param total the number of steps
 */
record Schedule(Shape shape, double peak, long warmup, long total) {

    enum Shape {
        CONSTANT,
        LINEAR,
        COSINE;

        static Shape named(String name) {
            return switch (name) {
                case "constant" -> CONSTANT;
                case "linear" -> LINEAR;
                case "cosine" -> COSINE;
                default -> throw new Refusal("train.schedule: '" + name + "' is not one of constant, linear, cosine");
            };
        }
    }

    /** {@code share} is that of the warm-up in all steps, rounded up. */
    static Schedule of(Shape shape, double peak, double share, long total) {
        return new Schedule(shape, peak, (long) Math.ceil(share * total), total);
    }

    /** The rate of a step; steps count from 0. */
    double rate(long step) {
        if (step < warmup) {
            return peak * (step + 1) / warmup;
        }
        double progress = (double) (step - warmup) / Math.max(1, total - warmup);
        return switch (shape) {
            case CONSTANT -> peak;
            case LINEAR -> peak * Math.max(0, 1 - progress);
            case COSINE -> peak * (1 + Math.cos(Math.PI * Math.min(1, progress))) / 2;
        };
    }
}
