package io.weft.plugins;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.plugin.StateStore;
import io.weft.api.plugin.Summary;
import io.weft.job.Job;
import io.weft.job.Section;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * One job at one place, for as long as its plugins are held: at the server a round, at a site the job's training. What it holds once
 * it holds to its end, so a plugin that is exchanged meanwhile counts from the next scope on. Closing it closes every lease that was
 * taken through it, last first.
 */
public final class JobScope implements AutoCloseable {

    /**
     * Where a scope belongs.
     *
     * @param job the job's id
     * @param site empty at the server
     * @param seed the job's, whatever single sites override
     * @param state the folder of plugins' states of this job at this place
     */
    public record Place(String job, Optional<String> site, long seed, Path state) {

        /** Whether a plugin's state of that round is here. */
        public boolean keeps(int round) throws IOException {
            return RoundStates.any(state, round);
        }
    }

    /** What becomes of a job when a plugin that it needs is not there. */
    public enum Missing {
        /** It does not begin. */
        REFUSED,
        /** It goes on when the plugin is there. */
        AWAITED
    }

    private record Key(Class<? extends Plugin> kind, String name) {}

    private final Plugins plugins;
    private final Place place;
    private final Job job;
    private final JobWatch watch;
    private final Missing missing;
    private final Map<Key, Lease<?>> leases = new LinkedHashMap<>();
    private boolean open = true;
    private boolean letGo;
    private volatile int round;

    /**
     * A scope that refuses what is missing.
     *
     * @param job the job file as it counts at this place
     */
    public JobScope(Plugins plugins, Place place, Job job, JobWatch watch) {
        this(plugins, place, job, watch, Missing.REFUSED);
    }

    /**
     * @param job the job file as it counts at this place
     */
    public JobScope(Plugins plugins, Place place, Job job, JobWatch watch, Missing missing) {
        this.plugins = plugins;
        this.place = place;
        this.job = job;
        this.watch = watch;
        this.missing = missing;
    }

    /** What is computed from now on belongs to this round. */
    public void enter(int number) {
        round = number;
    }

    /**
     * Holds the plugin that a section of the job file names.
     *
     * @throws Refusal when there is none of that name, or its options are wrong; with file and line
     */
    public <P extends Plugin> Partner<P> plugin(Class<P> kind, Section section) {
        try {
            return held(kind, section.type(), section);
        } catch (MissingPlugin e) {
            throw refused(section, e);
        }
    }

    /**
     * Holds the plugins that sections of the job file name, so that those that are missing are told together. Their options are
     * looked at when they are used.
     *
     * @throws Refusal when there are some of which there is none of that name; with file and line of each
     */
    public void hold(Map<Section, ? extends Class<? extends Plugin>> wanted) {
        Map<Key, Section> sections = new LinkedHashMap<>();
        wanted.forEach((section, kind) -> sections.putIfAbsent(new Key(kind, section.type()), section));
        Map<Key, MissingPlugin> missed = hold(sections.keySet());
        if (!missed.isEmpty()) {
            List<Refusal> refusals = new ArrayList<>();
            missed.forEach((key, why) -> refusals.add(refused(sections.get(key), why)));
            throw refusals.size() == 1
                    ? refusals.get(0)
                    : new Refusal(refusals.stream().map(Refusal::getMessage).collect(Collectors.joining("; and ")));
        }
    }

    /** What refuses the job says itself which plugin was missing. */
    private static Refusal refused(Section section, MissingPlugin missed) {
        Refusal refusal = section.refuse(missed.getMessage());
        refusal.initCause(missed);
        return refusal;
    }

    /**
     * Closes this scope and gives one that holds the same plugins as they are now, once they are all there.
     *
     * @throws CancellationException when the job was stopped meanwhile
     */
    public JobScope renewed() {
        close();
        JobScope next = new JobScope(plugins, place, job, watch, Missing.AWAITED);
        try {
            next.hold(leases.keySet());
            return next;
        } catch (RuntimeException e) {
            next.close();
            throw e;
        }
    }

    /** Whether it is open, and a new scope would hold the same jars. */
    public boolean isCurrent() {
        synchronized (leases) {
            return open && leases.values().stream().allMatch(Lease::isCurrent);
        }
    }

    private <P extends Plugin> Partner<P> held(Class<P> kind, String name, Section section) throws MissingPlugin {
        P plugin = lease(kind, name);
        section.check(plugin.options());
        return new Partner<>(plugin, new Context(section));
    }

    private <P extends Plugin> P lease(Class<P> kind, String name) throws MissingPlugin {
        Key key = new Key(kind, name);
        Optional<MissingPlugin> missed = Optional.ofNullable(hold(List.of(key)).get(key));
        if (missed.isPresent()) {
            throw missed.get();
        }
        synchronized (leases) {
            return kind.cast(leases.get(key).plugin());
        }
    }

    /** Holds them all, and waits for those that are missing where that is what is to be done; gives those that are not held then. */
    private Map<Key, MissingPlugin> hold(Collection<Key> keys) {
        Map<Key, MissingPlugin> missed = leased(keys);
        if (!missed.isEmpty() && missing == Missing.AWAITED) {
            await(missed.keySet());
            return Map.of();
        }
        return missed;
    }

    /** Leases those that are there and not held yet; gives the others. */
    private Map<Key, MissingPlugin> leased(Collection<Key> keys) {
        Map<Key, MissingPlugin> missed = new LinkedHashMap<>();
        for (Key key : keys) {
            try {
                take(key);
            } catch (MissingPlugin e) {
                missed.put(key, e);
            }
        }
        return missed;
    }

    private void take(Key key) throws MissingPlugin {
        synchronized (leases) {
            if (leases.containsKey(key)) {
                return;
            }
        }
        Lease<?> lease = plugins.lease(key.kind(), key.name());
        synchronized (leases) {
            leases.put(key, lease);
        }
        watch.leased(key.kind().getSimpleName(), key.name(), lease);
    }

    /** Tries again at every change, until all are there or the job is stopped. */
    private void await(Collection<Key> keys) {
        Semaphore news = new Semaphore(0);
        try (Plugins.Registration change = plugins.onChange(news::release);
                Plugins.Registration stop = watch.onCancelled(news::release)) {
            Set<Key> told = Set.of();
            // One may have come before its return was listened for.
            for (Map<Key, MissingPlugin> left = leased(keys); !left.isEmpty(); left = leased(left.keySet())) {
                if (!left.keySet().equals(told)) {
                    watch.waiting(
                            left.values().stream().map(MissingPlugin::reason).collect(Collectors.joining(", ")));
                    told = Set.copyOf(left.keySet());
                }
                watch.checkCancelled();
                news.acquire();
                news.drainPermits();
            }
            if (!told.isEmpty()) {
                watch.resumed();
            }
        } catch (InterruptedException e) {
            // The thread stays usable: the job's last state is still to be written, and an interrupted thread cannot.
            throw new CancellationException("the job was interrupted");
        }
    }

    @Override
    public void close() {
        synchronized (leases) {
            open = false;
            List<Key> held = new ArrayList<>(leases.keySet());
            Collections.reverse(held);
            held.forEach(key -> leases.get(key).close());
            if (!letGo) {
                letGo = true;
                leases.forEach(this::tellThreadsLeft);
            }
        }
    }

    private void tellThreadsLeft(Key key, Lease<?> lease) {
        for (String thread : lease.threadsLeft()) {
            watch.left(
                    MissingPlugin.words(key.kind().getSimpleName()) + " '" + key.name() + "' (" + lease.bundle() + " "
                            + lease.version() + ") is done, but its thread " + thread
                            + " goes on and keeps its classes in memory; the plugin must end it in close()");
        }
    }

    /** The job as one plugin sees it. */
    private final class Context implements JobContext {

        private static final String EVERY_SITE = "";

        private final Section section;

        Context(Section section) {
            this.section = section;
        }

        @Override
        public String job() {
            return place.job();
        }

        @Override
        public Optional<String> site() {
            return place.site();
        }

        @Override
        public int rounds() {
            return job.workflow().rounds();
        }

        @Override
        public <A extends Annotation> A options(Class<A> type) {
            return section.options(type);
        }

        @Override
        public Refusal refusal(String option, String message) {
            return section.refuse(option, message);
        }

        @Override
        public RandomGenerator random(String purpose, int number) {
            return CounterRandom.of(place.seed(), place.site().orElse(EVERY_SITE), Integer.toString(number), purpose);
        }

        @Override
        public RandomGenerator sharedRandom(String purpose) {
            return CounterRandom.of(place.seed(), purpose);
        }

        @Override
        public StateStore state() {
            return new RoundStates(place.state().resolve(section.key()), () -> round);
        }

        @Override
        public <P extends Plugin> Partner<P> partner(Class<P> kind, String name, String key) {
            Section own = job.section(key)
                    .orElseThrow(() -> new Refusal("the job file has no section '" + key + "', which the "
                            + section.key() + " '" + section.type() + "' needs"));
            try {
                return held(kind, name, own);
            } catch (MissingPlugin e) {
                throw refused(own, e);
            }
        }

        @Override
        public void report(String metric, double value) {
            watch.reported(round, metric, value);
        }

        @Override
        public void note(String message) {
            watch.noted(message);
        }

        @Override
        public void output(List<String> lines) {
            watch.wrote(lines);
        }

        @Override
        public void progress(String activity, long done, long total, Map<String, Double> values) {
            watch.progressed(round, activity, done, total, values);
        }

        @Override
        public void track(String tag, long step, Summary value) {
            watch.tracked(round, tag, step, value);
        }

        @Override
        public void checkCancelled() {
            watch.checkCancelled();
        }

        @Override
        public Registration onCancelled(Runnable listener) {
            return watch.onCancelled(listener)::close;
        }
    }
}
