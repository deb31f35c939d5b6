package io.weft.tracking.mlflow.internal;

import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracking;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;

/** The values of one round, on their way to a tracking server: a request takes many of them. */
final class MlflowTracking implements Tracking {

    /** As many as one request of log-batch may have. */
    private static final int MOST_METRICS = 1000;

    /** Who looks sees numbers that are no older, while there are new ones. */
    private static final long LONGEST_WAIT_MILLIS = Duration.ofSeconds(1).toMillis();

    /** As many characters as a tag may have. */
    private static final int LONGEST_TEXT = 5000;

    private static final int LONGEST_KEY = 250;

    private final MlflowClient client;
    private final Runs runs;
    private final InstantSource clock;
    private final Map<Optional<String>, List<Metric>> waiting = new LinkedHashMap<>();
    private long sent;

    MlflowTracking(MlflowClient client, Runs runs, InstantSource clock) {
        this.client = client;
        this.runs = runs;
        this.clock = clock;
        this.sent = clock.millis();
    }

    @Override
    public void scalar(Optional<String> site, String tag, long step, double value) throws IOException {
        List<Metric> metrics = waiting.computeIfAbsent(site, run -> new ArrayList<>());
        metrics.add(Metric.newBuilder()
                .setKey(key(tag))
                .setValue(value)
                .setTimestamp(clock.millis())
                .setStep(step)
                .build());
        if (metrics.size() == MOST_METRICS || clock.millis() - sent >= LONGEST_WAIT_MILLIS) {
            send();
        }
    }

    /** A text becomes a tag, the last one of a name stays. MLflow has no histograms: of one its mean and its ends are kept. */
    @Override
    public void summary(String site, String tag, long step, Summary value) throws IOException {
        Optional<String> run = Optional.of(site);
        if (value instanceof Summary.Scalar number) {
            scalar(run, tag, step, number.value());
        } else if (value instanceof Summary.Histogram histogram) {
            if (histogram.count() > 0) {
                scalar(run, tag + "/mean", step, histogram.sum() / histogram.count());
                scalar(run, tag + "/min", step, histogram.min());
                scalar(run, tag + "/max", step, histogram.max());
            }
        } else if (value instanceof Summary.Text text) {
            RunTag written = RunTag.newBuilder()
                    .setKey(key(tag))
                    .setValue(text.text()
                            .substring(0, Math.min(LONGEST_TEXT, text.text().length())))
                    .build();
            send(run, List.of(), List.of(written), 1);
        }
    }

    /** MLflow takes letters, digits, and {@code _ - . / } and space in a name. */
    private static String key(String tag) {
        String allowed = tag.replaceAll("[^\\p{L}\\p{N}_./ -]", "_");
        return allowed.substring(0, Math.min(LONGEST_KEY, allowed.length()));
    }

    private void send() throws IOException {
        Map<Optional<String>, List<Metric>> all = new LinkedHashMap<>(waiting);
        waiting.clear();
        int left = all.values().stream().mapToInt(List::size).sum();
        for (Map.Entry<Optional<String>, List<Metric>> run : all.entrySet()) {
            send(run.getKey(), run.getValue(), List.of(), left);
            left -= run.getValue().size();
        }
        // From the end of the request: a server that needs longer than that for one would be sent the next value alone.
        sent = clock.millis();
    }

    /** @param left how many values are lost when the server does not take these */
    private void send(Optional<String> run, List<Metric> metrics, List<RunTag> tags, int left) throws IOException {
        try {
            client.logBatch(runs.of(run), metrics, List.of(), tags);
        } catch (MlflowClientException e) {
            throw failed(e, "does not take values (lost: " + left + ")");
        }
    }

    private static IOException failed(MlflowClientException e, String what) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new IOException("the tracking server " + what + ": " + cause.getMessage(), e);
    }

    @Override
    public void close() throws IOException {
        try (client) {
            send();
            runs.finish();
        } catch (MlflowClientException e) {
            throw failed(e, "does not let its runs be finished");
        }
    }
}
