package io.weft.server.internal;

import io.weft.api.training.Outcome;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.exchange.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** An entry of a job's event log from which the job goes on, as JSON and back. */
sealed interface LogEntry {

    /** The field with the files that belong to an entry. */
    String FILES = "files";

    /** A job begins, or is resumed: what was reported and not finished before is done again. */
    record Sitting() implements LogEntry {}

    /**
     * A site's task is done, and what it returned is on disk.
     *
     * @param model that it received; that it gave for {@code submit-model}
     * @param sent how its update came; empty for a task that makes none
     * @param keeps whether the site keeps plugins' states of this round
     * @param update the digest of its update, see {@link UpdateDigest}; empty for a task that makes none
     * @param files what else was written down of it, by {@linkplain Committed name}, with each one's SHA-256
     */
    record Task(
            int round,
            String task,
            String site,
            ModelRef model,
            Outcome outcome,
            double seconds,
            Message.Pulled received,
            Optional<Message.Pulled> sent,
            boolean keeps,
            Optional<String> update,
            SortedMap<String, String> files)
            implements LogEntry {

        static final String EVENT = "task";

        Map<String, Object> describe() {
            Map<String, Object> text = new LinkedHashMap<>();
            text.put("round", round);
            text.put("task", task);
            text.put("site", site);
            text.put("model", model.id());
            text.put("outcome", Steps.describe(outcome));
            text.put("seconds", seconds);
            text.put("received", LogEntry.describe(received));
            sent.ifPresent(up -> text.put("sent", LogEntry.describe(up)));
            text.put("keeps", keeps);
            update.ifPresent(digest -> text.put("update", digest));
            if (!files.isEmpty()) {
                text.put(FILES, files);
            }
            return text;
        }
    }

    /**
     * A site does not count in a round: it failed, or was late.
     *
     * @param values what a late update would have been
     * @param received how the site received the model, when that is not on record otherwise
     */
    record Uncounted(
            boolean late,
            int round,
            String site,
            String reason,
            Map<String, ?> values,
            Optional<Message.Pulled> received)
            implements LogEntry {

        static final String FAILED = "site-failed";
        static final String LATE = "late";

        private static final String RECEIVED = "received";

        /** Whether it stands however the step of that round ends: such a site takes no part, or its update came after. */
        boolean stands() {
            return round == 0 || !values.isEmpty();
        }

        Map<String, Object> describe() {
            Map<String, Object> text = new LinkedHashMap<>();
            text.put("round", round);
            text.put("site", site);
            text.put("reason", reason);
            text.putAll(values);
            received.ifPresent(down -> text.put(RECEIVED, LogEntry.describe(down)));
            return text;
        }

        static Uncounted of(Map<?, ?> event) {
            Map<String, Object> values = new LinkedHashMap<>();
            event.forEach((key, value) -> values.put((String) key, value));
            List.of("n", "time", "elapsed", "event", "previous", "round", "site", "reason", RECEIVED)
                    .forEach(values::remove);
            return new Uncounted(
                    LATE.equals(event.get("event")),
                    Steps.whole(event, "round"),
                    Steps.text(event, "site"),
                    Steps.text(event, "reason"),
                    values,
                    event.containsKey(RECEIVED) ? Optional.of(pulled(Steps.map(event, RECEIVED))) : Optional.empty());
        }
    }

    /**
     * The server's plugins reported a value. It counts with the next step.
     */
    record Reported(int round, String metric, double value) implements LogEntry {

        static final String EVENT = "reported";

        Map<String, Object> describe() {
            return Map.of("round", round, "metric", metric, "value", value);
        }
    }

    /**
     * A step is done.
     *
     * @param finishing whether it belongs to the workflow's last step rather than to its history
     * @param fold what folding came to, for a fold
     * @param files what it made, by {@linkplain Committed name}, with each one's SHA-256
     */
    record Step(Done done, boolean finishing, Optional<Folded> fold, SortedMap<String, String> files)
            implements LogEntry {

        static final String EVENT = "step";

        Map<String, Object> describe() {
            Map<String, Object> text = Steps.describe(done);
            if (finishing) {
                text.put("finishing", true);
            }
            fold.ifPresent(folded -> {
                text.put("modules", folded.modules());
                text.put("aggregateSeconds", folded.aggregateSeconds());
                text.put("seconds", folded.seconds());
            });
            if (!files.isEmpty()) {
                text.put(FILES, files);
            }
            return text;
        }
    }

    /**
     * What folding a round came to.
     *
     * @param modules what the aggregator recorded, by module
     * @param seconds since the round started
     */
    record Folded(SortedMap<String, SortedMap<String, Double>> modules, double aggregateSeconds, double seconds) {}

    /** The entry that an event is; empty for those that only tell. */
    static Optional<LogEntry> of(Map<?, ?> event) {
        return switch (String.valueOf(event.get("event"))) {
            case Chain.BEGUN, JobRun.RESUMED -> Optional.of(new Sitting());
            case Task.EVENT -> Optional.of(task(event));
            case Uncounted.FAILED, Uncounted.LATE -> Optional.of(Uncounted.of(event));
            case Reported.EVENT ->
                Optional.of(new Reported(
                        Steps.whole(event, "round"), Steps.text(event, "metric"), Steps.number(event, "value")));
            case Step.EVENT -> Optional.of(step(event));
            default -> Optional.empty();
        };
    }

    private static Task task(Map<?, ?> event) {
        return new Task(
                Steps.whole(event, "round"),
                Steps.text(event, "task"),
                Steps.text(event, "site"),
                new ModelRef(Steps.text(event, "model")),
                Steps.outcome(Steps.map(event, "outcome")),
                Steps.number(event, "seconds"),
                pulled(Steps.map(event, "received")),
                event.containsKey("sent") ? Optional.of(pulled(Steps.map(event, "sent"))) : Optional.empty(),
                Boolean.TRUE.equals(event.get("keeps")),
                Optional.ofNullable(Steps.text(event, "update")),
                files(event));
    }

    private static Step step(Map<?, ?> event) {
        Optional<Folded> fold = Optional.empty();
        if (event.containsKey("modules")) {
            SortedMap<String, SortedMap<String, Double>> modules = new TreeMap<>();
            Map<?, ?> written = Steps.map(event, "modules");
            written.keySet().forEach(name -> modules.put((String) name, Steps.numbers(written, (String) name)));
            fold = Optional.of(
                    new Folded(modules, Steps.number(event, "aggregateSeconds"), Steps.number(event, "seconds")));
        }
        return new Step(Steps.parse(event), Boolean.TRUE.equals(event.get("finishing")), fold, files(event));
    }

    /** The files of an event, with the SHA-256 of each; none where an older Weft wrote it. */
    static SortedMap<String, String> files(Map<?, ?> event) {
        SortedMap<String, String> files = new TreeMap<>();
        if (event.get(FILES) instanceof Map<?, ?> written) {
            written.forEach((name, digest) -> files.put((String) name, (String) digest));
        }
        return files;
    }

    private static Map<String, Object> describe(Message.Pulled pulled) {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("logicalBytes", pulled.logicalBytes());
        text.put("encodedBytes", pulled.encodedBytes());
        text.put("wireBytes", pulled.wireBytes());
        text.put("seconds", pulled.seconds());
        text.put("encodeSeconds", pulled.encodeSeconds());
        text.put("decodeSeconds", pulled.decodeSeconds());
        text.put("relativeError", pulled.relativeError());
        return text;
    }

    private static Message.Pulled pulled(Map<?, ?> text) {
        return new Message.Pulled(
                (long) Steps.number(text, "logicalBytes"),
                (long) Steps.number(text, "encodedBytes"),
                (long) Steps.number(text, "wireBytes"),
                Steps.number(text, "seconds"),
                Steps.number(text, "encodeSeconds"),
                Steps.number(text, "decodeSeconds"),
                Steps.number(text, "relativeError"));
    }
}
