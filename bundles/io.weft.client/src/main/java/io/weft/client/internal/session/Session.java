package io.weft.client.internal.session;

import io.weft.client.ElementType;
import io.weft.client.FLModel;
import io.weft.client.ParamsType;
import io.weft.client.SystemInfo;
import io.weft.client.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** One program's part in a job: what it knows, and the task that it has. */
public final class Session implements AutoCloseable {

    private final Channel channel;
    private final Map<String, Object> welcome;
    private final Map<String, AtomicLong> written = new ConcurrentHashMap<>();

    // Guarded by this object.
    private Optional<Map<String, Object>> task = Optional.empty();
    private Optional<FLModel> received = Optional.empty();
    private Map<String, ElementType> types = Map.of();

    public Session(Channel channel) {
        this.channel = channel;
        this.welcome = channel.welcome();
    }

    /** Waits for a task; false when there will be none. */
    public synchronized boolean isRunning() {
        if (task.isEmpty()) {
            task = channel.next();
        }
        return task.isPresent();
    }

    /** The task's model; empty when the job is over. */
    public synchronized Optional<FLModel> receive() {
        if (received.isEmpty() && isRunning()) {
            received = Optional.of(model(task.orElseThrow()));
        }
        return received;
    }

    private FLModel model(Map<String, Object> of) {
        Map<String, Tensor> params = Map.of();
        if (of.get("model") instanceof String file) {
            try {
                params = TensorFile.open(Path.of(file));
            } catch (IOException e) {
                throw new UncheckedIOException("the received model cannot be read", e);
            }
        }
        Map<String, ElementType> known = new LinkedHashMap<>();
        params.forEach((name, tensor) -> known.put(name, tensor.type()));
        types = known;
        return new FLModel(ParamsType.FULL, params, Map.of(), whole(of, "round") - 1, whole(of, "rounds"), Map.of());
    }

    private static int whole(Map<String, Object> message, String key) {
        return message.get(key) instanceof Number number ? number.intValue() : 0;
    }

    /** Answers the task. */
    public synchronized void send(FLModel model) {
        Map<String, Object> asked = task.orElseThrow(() -> new IllegalStateException(
                "there is no task to answer: call Weft.receive() first, and Weft.send() once for each model received"));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("type", "result");
        answer.put("round", asked.get("round"));
        answer.put("task", asked.get("task"));
        answer.put("metrics", model.metrics());
        answer.put("meta", plain(model.meta()));
        if (!model.params().isEmpty() && asked.get("update") instanceof String update) {
            receive();
            try {
                TensorFile.write(Path.of(update), Conversion.to(types, model.params()));
            } catch (IOException e) {
                throw new UncheckedIOException("the model cannot be handed to the site", e);
            }
            answer.put("model", update);
            answer.put("difference", model.paramsType() == ParamsType.DIFF);
        }
        task = Optional.empty();
        received = Optional.empty();
        channel.tell(answer);
    }

    private static Map<String, Object> plain(Map<String, Object> meta) {
        Map<String, Object> plain = new LinkedHashMap<>();
        meta.forEach((key, value) -> {
            if (!(value instanceof Number || value instanceof String || value instanceof Boolean)) {
                throw new IllegalArgumentException("meta '" + key + "' is a "
                        + value.getClass().getName() + "; numbers, texts and truth values can be sent");
            }
            plain.put(key, value);
        });
        return plain;
    }

    /** {@code train}, {@code validate} or {@code submit_model}. */
    public synchronized Optional<String> taskName() {
        return task.map(asked -> String.valueOf(asked.get("task")).replace('-', '_'));
    }

    /**
     * Writes something down for the server's trackers.
     *
     * @param type what it is, as the protocol calls it
     * @param step where it belongs; without it the values of a tag are counted
     * @param values the other keys of the message
     */
    public void write(String type, String tag, OptionalLong step, Map<String, Object> values) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("type", type);
        message.put("tag", tag);
        message.put("step", step.orElseGet(() -> written.computeIfAbsent(tag, first -> new AtomicLong())
                .getAndIncrement()));
        message.putAll(values);
        channel.tell(message);
    }

    public SystemInfo systemInfo() {
        Map<String, List<Path>> datasets = new LinkedHashMap<>();
        if (welcome.get("datasets") instanceof Map<?, ?> given) {
            given.forEach((role, files) -> datasets.put(String.valueOf(role), paths(files)));
        }
        return new SystemInfo(
                String.valueOf(welcome.get("job")),
                String.valueOf(welcome.get("site")),
                Collections.unmodifiableMap(datasets),
                Optional.ofNullable(welcome.get("data")).map(folder -> Path.of(String.valueOf(folder))));
    }

    private static List<Path> paths(Object files) {
        List<Path> paths = new ArrayList<>();
        if (files instanceof Collection<?> given) {
            given.forEach(file -> paths.add(Path.of(String.valueOf(file))));
        }
        return List.copyOf(paths);
    }

    /** The job file as the site runs it. */
    public Map<String, Object> config() {
        Map<String, Object> config = new LinkedHashMap<>();
        if (welcome.get("config") instanceof Map<?, ?> given) {
            given.forEach((key, value) -> config.put(String.valueOf(key), value));
        }
        return Collections.unmodifiableMap(config);
    }

    @Override
    public void close() {
        channel.close();
    }
}
