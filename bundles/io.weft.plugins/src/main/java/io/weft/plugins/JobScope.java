package io.weft.plugins;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.plugin.StateStore;
import io.weft.job.Job;
import io.weft.job.Section;
import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One job at one place, for as long as its plugins are held: at the server a round, at a site the job's training. Closing it closes
 * every lease that was taken through it, last first.
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
    public record Place(String job, Optional<String> site, long seed, Path state) {}

    private final Plugins plugins;
    private final Place place;
    private final Job job;
    private final JobWatch watch;
    private final Deque<Lease<?>> leases = new ArrayDeque<>();
    private volatile int round;

    /**
     * @param job the job file as it counts at this place
     */
    public JobScope(Plugins plugins, Place place, Job job, JobWatch watch) {
        this.plugins = plugins;
        this.place = place;
        this.job = job;
        this.watch = watch;
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
            throw section.refuse(e.getMessage());
        }
    }

    private <P extends Plugin> Partner<P> held(Class<P> kind, String name, Section section) throws MissingPlugin {
        Lease<P> lease = plugins.lease(kind, name);
        synchronized (leases) {
            leases.push(lease);
        }
        section.check(lease.plugin().options());
        watch.leased(kind.getSimpleName(), name, lease);
        return new Partner<>(lease.plugin(), new Context(section));
    }

    @Override
    public void close() {
        synchronized (leases) {
            while (!leases.isEmpty()) {
                leases.pop().close();
            }
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
                throw own.refuse(e.getMessage());
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
        public void progress(String activity, long done, long total, Map<String, Double> values) {
            watch.progressed(round, activity, done, total, values);
        }

        @Override
        public void checkCancelled() {
            watch.checkCancelled();
        }
    }
}
