package io.weft.client;

import io.weft.client.internal.session.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A model on its way between a site and a program.
 *
 * @param paramsType whether the params are a model or the difference to the one that was received
 * @param params tensors by name; empty in an answer that has only metrics
 * @param metrics numbers that the program measured
 * @param currentRound from 0; of a received model
 * @param totalRounds of the job; of a received model
 * @param meta what else there is to say: numbers, texts and truth values; {@link #NUM_STEPS_CURRENT_ROUND} is the update's weight
 */
public record FLModel(
        ParamsType paramsType,
        Map<String, Tensor> params,
        Map<String, Double> metrics,
        int currentRound,
        int totalRounds,
        Map<String, Object> meta) {

    /** The key of {@code meta} for the steps that were trained: the update's weight in the mean, 1 when it is not given. */
    public static final String NUM_STEPS_CURRENT_ROUND = "NUM_STEPS_CURRENT_ROUND";

    /** The key of {@code meta} for the records that were trained on: the weight with {@code weightBy: samples}. */
    public static final String NUM_SAMPLES_CURRENT_ROUND = "NUM_SAMPLES_CURRENT_ROUND";

    /** The key of {@code meta} for the tokens that were trained on: the weight with {@code weightBy: tokens}. */
    public static final String NUM_TOKENS_CURRENT_ROUND = "NUM_TOKENS_CURRENT_ROUND";

    public FLModel {
        params = Collections.unmodifiableMap(new LinkedHashMap<>(params));
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        meta = Collections.unmodifiableMap(new LinkedHashMap<>(meta));
    }

    /** A trained model. */
    public static FLModel of(Map<String, Tensor> params) {
        return new FLModel(ParamsType.FULL, params, Map.of(), 0, 0, Map.of());
    }

    /**
     * A trained model whose values have another type, such as a framework's arrays.
     *
     * @param tensor makes a tensor of a value
     */
    public static <V> FLModel of(Map<String, V> values, Function<? super V, Tensor> tensor) {
        Map<String, Tensor> params = new LinkedHashMap<>();
        values.forEach((name, value) -> params.put(name, tensor.apply(value)));
        return of(params);
    }

    /** Metrics alone, as answer to a task that trains nothing. */
    public static FLModel ofMetrics(Map<String, Double> metrics) {
        return new FLModel(ParamsType.FULL, Map.of(), metrics, 0, 0, Map.of());
    }

    /** Reads params from a safetensors file, mapped as those of a received model are. */
    public static FLModel load(Path safetensors) throws IOException {
        return of(TensorFile.open(safetensors));
    }

    /** Writes the params to a safetensors file, such as the first model of a job. */
    public void save(Path safetensors) throws IOException {
        TensorFile.write(safetensors, params);
    }

    /** The same params, as the difference to the model that was received. */
    public FLModel asDifference() {
        return new FLModel(ParamsType.DIFF, params, metrics, currentRound, totalRounds, meta);
    }

    /** The same with another metric. */
    public FLModel metric(String name, double value) {
        Map<String, Double> more = new LinkedHashMap<>(metrics);
        more.put(name, value);
        return new FLModel(paramsType, params, more, currentRound, totalRounds, meta);
    }

    /**
     * The same with something else to say.
     *
     * @param value a number, a text or a truth value
     */
    public FLModel meta(String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(meta);
        more.put(key, value);
        return new FLModel(paramsType, params, metrics, currentRound, totalRounds, more);
    }

    /** The same with the number of steps that were trained, by which updates are weighted unless the job says otherwise. */
    public FLModel steps(long steps) {
        return meta(NUM_STEPS_CURRENT_ROUND, steps);
    }

    /** The same with the number of records that were trained on. */
    public FLModel samples(long samples) {
        return meta(NUM_SAMPLES_CURRENT_ROUND, samples);
    }

    /** The same with the number of tokens that were trained on. */
    public FLModel tokens(long tokens) {
        return meta(NUM_TOKENS_CURRENT_ROUND, tokens);
    }
}
