package io.weft.lm.internal.training;

import io.weft.api.plugin.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What a job file says about training, in the form that {@code TrainingSetup.job} has it: checked, with defaults. */
record Settings(
        Optimizer optimizer,
        double learningRate,
        Schedule.Shape shape,
        double warmup,
        double clip,
        int batch,
        int accumulate,
        OptionalInt epochs,
        OptionalInt steps,
        String precision,
        boolean keepState,
        String strategy,
        String format,
        Optional<String> template,
        OptionalInt maxLength) {

    /** How gradients are applied. */
    sealed interface Optimizer permits AdamW, Sgd {}

    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {}

    record Sgd(double weightDecay) implements Optimizer {}

    static Settings of(Map<String, Object> job) {
        Map<?, ?> train = map(job, "train");
        Map<?, ?> data = map(job, "data");
        return new Settings(
                optimizer(map(train, "optimizer")),
                number(train, "lr"),
                Schedule.Shape.named(text(train, "schedule")),
                number(train, "warmup"),
                number(train, "clip"),
                (int) number(train, "batch"),
                (int) number(train, "accumulate"),
                whole(train, "epochs"),
                whole(train, "steps"),
                text(train, "precision"),
                text(train, "state").equals("keep"),
                text(map(job, "strategy"), "type"),
                text(map(job, "model"), "backend"),
                Optional.ofNullable(data.get("template")).map(Object::toString),
                whole(data, "maxLength"));
    }

    private static Optimizer optimizer(Map<?, ?> optimizer) {
        return switch (text(optimizer, "type")) {
            case "adamw" ->
                new AdamW(
                        number(optimizer, "beta1"),
                        number(optimizer, "beta2"),
                        number(optimizer, "epsilon"),
                        number(optimizer, "weightDecay"));
            case "sgd" -> new Sgd(number(optimizer, "weightDecay"));
            default -> throw new Refusal("train.optimizer: '" + optimizer.get("type") + "' is not one of adamw, sgd");
        };
    }

    private static Map<?, ?> map(Map<?, ?> from, String key) {
        if (from.get(key) instanceof Map<?, ?> map) {
            return map;
        }
        throw new Refusal("the job has no section '" + key + "', which the trainer lm needs");
    }

    private static String text(Map<?, ?> from, String key) {
        if (from.get(key) == null) {
            throw missing(key);
        }
        return from.get(key).toString();
    }

    private static double number(Map<?, ?> from, String key) {
        if (from.get(key) instanceof Number number) {
            return number.doubleValue();
        }
        throw missing(key);
    }

    private static OptionalInt whole(Map<?, ?> from, String key) {
        return from.get(key) instanceof Number number ? OptionalInt.of(number.intValue()) : OptionalInt.empty();
    }

    private static Refusal missing(String key) {
        return new Refusal("the job's '" + key + "' is missing, which the trainer lm needs");
    }
}
