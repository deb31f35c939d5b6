package io.weft.server.internal;

import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracker;
import io.weft.exchange.Cancellation;
import io.weft.job.Job;
import io.weft.job.Section;
import io.weft.plugins.JobScope;
import io.weft.plugins.PluginCode;
import io.weft.server.JobEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Passes what a job measures on to its trackers. Tags are a metrics line's kind and key ({@code train/loss}, {@code
 * validate/perplexity}), with the round as step; {@code transfer/bytesUp} and {@code …Down} count from the job's start; tags that
 * begin with {@code step/} come from within a round and have optimizer steps as their step.
 */
final class Trackers implements AutoCloseable {

    private static final TrackerPatience PATIENCE = new TrackerPatience(
            Duration.ofSeconds(15), Duration.ofMinutes(2), Duration.ofSeconds(3), Duration.ofSeconds(3));

    /** What the tags of a site's steps begin with. */
    static final String STEP = "step/";

    /** What a site's steps call it. */
    private static final String LEARNING_RATE = "learningRate";

    private final List<TrackerFeed> feeds;
    private final Map<String, Long> bytes = new HashMap<>();

    /** Of each site's last step in the round. */
    private final SortedMap<String, Double> rates = new TreeMap<>();

    private boolean muted;

    Trackers(List<TrackerFeed> feeds) {
        this.feeds = List.copyOf(feeds);
    }

    /**
     * Starts the trackers of a job.
     *
     * @param scopes what a round's leases are taken through
     * @param note told what a person should know; called from any thread
     */
    static Trackers start(
            String id,
            Job job,
            JobFolder folder,
            IntFunction<JobScope> scopes,
            Consumer<String> note,
            Cancellation cancellation) {
        List<TrackerFeed> feeds = new ArrayList<>();
        for (Section section : job.track()) {
            TrackerFeed.Opening opening = round -> open(section, folder, scopes.apply(round));
            feeds.add(TrackerFeed.start(id, section.type(), opening, note, PATIENCE, cancellation));
        }
        return new Trackers(feeds);
    }

    private static TrackerFeed.Held open(Section section, JobFolder folder, JobScope scope) throws IOException {
        boolean opened = false;
        try {
            Partner<Tracker> tracker = scope.plugin(Tracker.class, section);
            try (PluginCode code = PluginCode.of(tracker.plugin())) {
                TrackerFeed.Held held = new TrackerFeed.Held(
                        scope, tracker.plugin().open(tracker.job(), folder.tracking(section.type())));
                opened = true;
                return held;
            }
        } finally {
            if (!opened) {
                scope.close();
            }
        }
    }

    /** What is told from now on was told in an earlier sitting; only sums go on. */
    void mute() {
        muted = true;
    }

    /** What is told from now on is new, and comes after this round. */
    void unmute(int round) {
        muted = false;
        endRound(round);
    }

    /** A line of metrics. */
    void line(int round, Optional<String> site, String kind, Map<String, ?> values) {
        values.forEach((key, value) -> {
            if (value instanceof Number number) {
                scalar(site, kind + "/" + key, round, number.doubleValue());
            }
        });
    }

    /** A site is that far in a round. */
    void step(JobEvent.SiteStep step) {
        if (step.activity().equals("train")) {
            long steps = (step.round() - 1) * step.total() + step.done();
            step.values().forEach((key, value) -> scalar(Optional.of(step.site()), STEP + key, steps, value));
            if (step.values().containsKey(LEARNING_RATE)) {
                rates.put(step.site(), step.values().get(LEARNING_RATE));
            }
        }
    }

    /** A site's training wrote something down. */
    void tracked(String site, String tag, long step, Summary value) {
        if (!muted) {
            feeds.forEach(feed -> feed.summary(site, tag, step, value));
        }
        if (tag.equals(STEP + LEARNING_RATE) && value instanceof Summary.Scalar rate) {
            rates.put(site, rate.value());
        }
    }

    /** Bytes crossed the wire. */
    void transferred(int round, String site, boolean up, long wireBytes) {
        String tag = up ? "transfer/bytesUp" : "transfer/bytesDown";
        scalar(Optional.of(site), tag, round, bytes.merge(tag + " " + site, wireBytes, Long::sum));
        scalar(Optional.empty(), tag, round, bytes.merge(tag, wireBytes, Long::sum));
    }

    /** A value under the federation's name or a site's. */
    void scalar(Optional<String> site, String tag, long step, double value) {
        if (!muted) {
            feeds.forEach(feed -> feed.scalar(site, tag, step, value));
        }
    }

    /** The round's values are all there. */
    void endRound(int round) {
        String tag = "train/" + LEARNING_RATE;
        rates.forEach((site, rate) -> scalar(Optional.of(site), tag, round, rate));
        rates.values().stream()
                .mapToDouble(rate -> rate)
                .average()
                .ifPresent(mean -> scalar(Optional.empty(), tag, round, mean));
        rates.clear();
        if (!muted) {
            feeds.forEach(feed -> feed.endRound(round));
        }
    }

    @Override
    public void close() {
        // All of them work off what they have at the same time.
        feeds.forEach(TrackerFeed::end);
        feeds.forEach(TrackerFeed::close);
    }
}
