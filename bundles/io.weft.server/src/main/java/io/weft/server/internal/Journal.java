package io.weft.server.internal;

import io.weft.api.plugin.Summary;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.exchange.Message;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Everything that a job measures: for {@code metrics.jsonl}, for trackers, for who watches, and as sums for the summary. */
final class Journal implements AutoCloseable {

    private static final Set<String> KNOWN = Set.of(
            Outcome.VALIDATION_LOSS,
            Outcome.VALIDATION_TOKEN_ACCURACY,
            Outcome.VALIDATION_TOKENS,
            Outcome.VALIDATION_SECONDS);

    /** What the lines of a site's training call what its outcome calls otherwise. */
    private static final Map<String, String> KEYS =
            Map.of(Outcome.TRAIN_LOSS, "loss", Outcome.TOKENS_PER_SECOND, "tokensPerSecond");

    /** Numbers of one step that are shown to who watches. */
    private static final int MOST_SHOWN = 16;

    private final MetricsFile metrics;
    private final SiteLogs logs;
    private final Trackers trackers;
    private final JobObserver observer;
    private final Map<String, JobEvent.SiteStep> latest = new HashMap<>();
    private Optional<List<JobEvent>> earlier = Optional.empty();
    private long bytesUp;
    private long bytesDown;

    Journal(MetricsFile metrics, SiteLogs logs, Trackers trackers, JobObserver observer) {
        this.metrics = metrics;
        this.logs = logs;
        this.trackers = trackers;
        this.observer = observer;
    }

    /** What is recorded from now on happened in an earlier sitting. */
    synchronized void replay() {
        earlier = Optional.of(new ArrayList<>());
        trackers.mute();
    }

    /**
     * What is recorded from now on is new.
     *
     * @param round the last that was finished
     * @return what happened earlier
     */
    synchronized List<JobEvent> start(int round) throws IOException {
        metrics.start();
        List<JobEvent> happened = earlier.orElse(List.of());
        if (earlier.isPresent()) {
            trackers.unmute(round);
        }
        earlier = Optional.empty();
        return happened;
    }

    synchronized void tell(JobEvent event) {
        if (earlier.isPresent()) {
            earlier.get().add(event);
        } else {
            observer.happened(event);
        }
    }

    synchronized void stepped(JobEvent.SiteStep step) {
        latest.put(step.site(), step);
        trackers.step(step);
        tell(step);
    }

    /** A site's training wrote something down for trackers; who watches sees the numbers. */
    synchronized void tracked(int round, String site, String tag, long step, Summary value) {
        trackers.tracked(site, tag, step, value);
        if (value instanceof Summary.Scalar scalar) {
            SortedMap<String, Double> values = new TreeMap<>(Optional.ofNullable(latest.get(site))
                    .filter(last -> last.round() == round && last.total() == 0 && last.done() == step)
                    .map(JobEvent.SiteStep::values)
                    .orElse(new TreeMap<>()));
            if (values.size() < MOST_SHOWN) {
                values.put(tag.startsWith(Trackers.STEP) ? tag.substring(Trackers.STEP.length()) : tag, scalar.value());
            }
            JobEvent.SiteStep shown = new JobEvent.SiteStep(round, site, Task.TRAIN, step, 0, values);
            latest.put(site, shown);
            tell(shown);
        }
    }

    /** How far a site is in a round, in words; empty when it has not told. */
    synchronized Optional<String> progress(int round, String site) {
        return Optional.ofNullable(latest.get(site))
                .filter(step -> step.round() == round)
                .map(step -> step.activity() + " " + step.done() + (step.total() == 0 ? "" : "/" + step.total()));
    }

    /** A site does not count in a round. */
    synchronized void failed(int round, String site, String reason) throws IOException {
        metrics.add(round, Optional.of(site), "failed", Map.of("reason", reason));
        tell(new JobEvent.SiteFailed(round, site, reason));
    }

    /** A round ended without a site, or that site's update came after the round had ended. */
    synchronized void late(int round, String site, String reason, Map<String, ?> values) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("reason", reason);
        line.putAll(values);
        metrics.add(round, Optional.of(site), "late", line);
        tell(new JobEvent.SiteLate(round, site, reason));
    }

    /** What a program wrote is kept with the job; that it cannot be is no reason to stop. */
    synchronized void wrote(String site, List<String> lines) {
        logs.append(site, lines);
        tell(new JobEvent.Wrote(site, lines));
    }

    void noted(String site, List<String> notes) {
        notes.forEach(note -> tell(new JobEvent.Noted(Optional.of(site), note)));
    }

    synchronized void transferred(int round, String site, boolean up, Message.Pulled pulled) throws IOException {
        if (up) {
            bytesUp += pulled.wireBytes();
        } else {
            bytesDown += pulled.wireBytes();
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("direction", up ? "up" : "down");
        values.put("logicalBytes", pulled.logicalBytes());
        values.put("encodedBytes", pulled.encodedBytes());
        values.put("wireBytes", pulled.wireBytes());
        values.put("seconds", pulled.seconds());
        Map<String, Object> coded = coded(pulled);
        values.putAll(coded);
        metrics.add(round, Optional.of(site), "transfer", values);
        trackers.transferred(round, site, up, pulled.wireBytes());
        tell(new JobEvent.Transferred(round, site, up, pulled.logicalBytes(), pulled.wireBytes(), pulled.seconds()));
        if (!coded.isEmpty()) {
            coded.put("logicalBytes", pulled.logicalBytes());
            coded.put("encodedBytes", pulled.encodedBytes());
            trackers.line(round, Optional.of(site), up ? "transfer/up" : "transfer/down", coded);
            tell(new JobEvent.Coded(
                    round,
                    site,
                    up,
                    pulled.logicalBytes(),
                    pulled.encodedBytes(),
                    pulled.encodeSeconds(),
                    pulled.decodeSeconds(),
                    pulled.relativeError()));
        }
    }

    /** What there is to say of coding; nothing where nothing was coded. */
    private static Map<String, Object> coded(Message.Pulled pulled) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (pulled.encodedBytes() != pulled.logicalBytes()) {
            values.put("encodeMilliseconds", pulled.encodeSeconds() * 1e3);
            values.put("decodeMilliseconds", pulled.decodeSeconds() * 1e3);
            values.put("quantizationError", pulled.relativeError());
        }
        return values;
    }

    synchronized void done(int round, String site, String task, Outcome outcome, double seconds) {
        tell(new JobEvent.SiteDone(round, site, task, outcome, seconds));
    }

    synchronized void trained(int round, String site, Outcome outcome, double seconds) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        put(values, KEYS.get(Outcome.TRAIN_LOSS), outcome.metrics().get(Outcome.TRAIN_LOSS));
        values.put("steps", outcome.steps());
        values.put("samples", outcome.samples());
        values.put("tokens", outcome.tokens());
        put(values, KEYS.get(Outcome.TOKENS_PER_SECOND), outcome.metrics().get(Outcome.TOKENS_PER_SECOND));
        values.put("seconds", outcome.metrics().getOrDefault(Outcome.TRAIN_SECONDS, seconds));
        add(round, Optional.of(site), "train", values);
    }

    /** Records how a model did on every site that validated it, and over all of them. */
    synchronized void validated(int round, boolean result, SortedMap<String, Outcome> outcomes) throws IOException {
        SortedMap<String, SortedMap<String, Double>> sites = new TreeMap<>();
        for (Map.Entry<String, Outcome> entry : outcomes.entrySet()) {
            SortedMap<String, Double> of = new TreeMap<>();
            entry.getValue().metrics().forEach((name, value) -> {
                if (name.startsWith("validation")) {
                    of.put(name, value);
                }
            });
            if (!of.isEmpty()) {
                sites.put(entry.getKey(), of);
                validated(round, Optional.of(entry.getKey()), of, result);
            }
        }
        if (sites.isEmpty()) {
            return;
        }
        SortedMap<String, Double> global = overall(outcomes, sites);
        validated(round, Optional.empty(), global, result);
        tell(new JobEvent.Validated(round, result, sites, global));
    }

    private void validated(int round, Optional<String> site, SortedMap<String, Double> of, boolean result)
            throws IOException {
        Map<String, Object> values = line(of, result);
        metrics.add(round, site, "validate", values);
        // The result is a round's model once more, rounded: a curve of its own.
        trackers.line(round, site, result ? "result" : "validate", values);
    }

    private static SortedMap<String, Double> overall(
            SortedMap<String, Outcome> outcomes, SortedMap<String, SortedMap<String, Double>> sites) {
        SortedMap<String, Double> global = new TreeMap<>();
        SortedMap<String, Double> weights = Weights.ofValidation(outcomes);
        for (SortedMap<String, Double> one : sites.values()) {
            for (String metric : one.keySet()) {
                Weights.mean(metric, outcomes, weights).ifPresent(mean -> global.put(metric, mean));
            }
        }
        for (String sum : new String[] {Outcome.VALIDATION_TOKENS, Outcome.VALIDATION_SECONDS}) {
            if (global.containsKey(sum)) {
                global.put(
                        sum,
                        sites.values().stream()
                                .mapToDouble(one -> one.getOrDefault(sum, 0.0))
                                .sum());
            }
        }
        return global;
    }

    private static Map<String, Object> line(SortedMap<String, Double> of, boolean result) {
        Map<String, Object> values = new LinkedHashMap<>();
        Double loss = of.get(Outcome.VALIDATION_LOSS);
        put(values, "loss", loss);
        put(values, "perplexity", loss == null ? null : Math.exp(loss));
        put(values, "tokenAccuracy", of.get(Outcome.VALIDATION_TOKEN_ACCURACY));
        Double tokens = of.get(Outcome.VALIDATION_TOKENS);
        if (tokens != null) {
            values.put("tokens", tokens.longValue());
        }
        put(values, "seconds", of.get(Outcome.VALIDATION_SECONDS));
        of.forEach((name, value) -> {
            if (!KNOWN.contains(name)) {
                values.put(name, value);
            }
        });
        if (result) {
            values.put("model", "result");
        }
        return values;
    }

    synchronized void aggregated(int round, double seconds, SortedMap<String, SortedMap<String, Double>> modules)
            throws IOException {
        add(round, Optional.empty(), "aggregate", Map.of("seconds", seconds));
        for (Map.Entry<String, SortedMap<String, Double>> module : modules.entrySet()) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("module", module.getKey());
            values.putAll(module.getValue());
            metrics.add(round, Optional.empty(), "aggregate", values);
            trackers.line(round, Optional.empty(), "aggregate/" + module.getKey(), module.getValue());
        }
    }

    synchronized void reported(int round, String metric, double value) throws IOException {
        add(round, Optional.empty(), "aggregate", Map.of(metric, value));
    }

    /** A round is over; its means are for trackers alone, since every site has its line. */
    synchronized void finished(JobEvent.RoundFinished event) {
        for (String metric : new String[] {Outcome.TRAIN_LOSS, Outcome.TOKENS_PER_SECOND}) {
            Weights.mean(metric, event.outcomes(), event.weights())
                    .ifPresent(mean ->
                            trackers.scalar(Optional.empty(), "train/" + KEYS.get(metric), event.round(), mean));
        }
        trackers.endRound(event.round());
        tell(event);
    }

    private void add(int round, Optional<String> site, String kind, Map<String, ?> values) throws IOException {
        metrics.add(round, site, kind, values);
        trackers.line(round, site, kind, values);
    }

    synchronized long bytesUp() {
        return bytesUp;
    }

    synchronized long bytesDown() {
        return bytesDown;
    }

    /** Makes all metrics so far outlive a crash of the machine. */
    synchronized void force() throws IOException {
        metrics.force();
    }

    @Override
    public synchronized void close() throws IOException {
        metrics.close();
    }

    private static void put(Map<String, Object> values, String key, Double value) {
        if (value != null && Double.isFinite(value)) {
            values.put(key, value);
        }
    }
}
