package io.weft.simulate.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.plugins.Plugins;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobFiles;
import io.weft.server.JobObserver;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.server.StoredJob;
import io.weft.simulate.Resumption;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.StoredRun;
import io.weft.site.ComputeSlots;
import io.weft.site.ProgramPolicy;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** A server and its sites over the transport {@code local}: real frames, real streams, one process. */
@Component
public final class LocalSimulation implements Simulation, Resumption {

    private static final String TRANSPORT = "local";

    /** The trainers that run programs, also where the job has no command. */
    private static final Set<String> PROGRAMS = Set.of("process", "in-process");

    private final Plugins plugins;
    private final Optional<Alarm> alarm;
    private final Duration patience;
    private final Clock clock;

    @Activate
    public LocalSimulation(@Reference Plugins plugins) {
        this(plugins, Optional.empty(), Server.PATIENCE, Clock.systemUTC());
    }

    /**
     * @param alarm rings at deadlines; empty for one of each simulation's own
     * @param patience how long the end waits for a site that does not stop
     * @param clock for ids alone
     */
    LocalSimulation(Plugins plugins, Optional<Alarm> alarm, Duration patience, Clock clock) {
        this.plugins = plugins;
        this.alarm = alarm;
        this.patience = patience;
        this.clock = clock;
    }

    @Override
    public SimulationResult run(SimulationRequest request, JobObserver observer)
            throws IOException, InterruptedException {
        new Orphans(request.home()).sweep();
        Place place = Place.of(request, clock);
        try (Claim claim = Claim.ofNew(place)) {
            Optional<Path> base = new Bases(request).base();
            SortedMap<String, SiteFiles> sites = Sites.of(request, base, place.work());
            Origin origin = Origin.of(request, base, place.work(), sites);
            return run(place, origin, sites, claim, observer, false);
        }
    }

    @Override
    public StoredRun find(String run, Path home) throws IOException {
        return new StoredRuns(home).find(run);
    }

    @Override
    public SimulationResult resume(StoredRun run, JobObserver observer) throws IOException, InterruptedException {
        Origin known = Origin.of(StoredJob.read(run.folder()));
        Place place = Place.of(run.id(), run.folder(), known);
        try (Claim claim = Claim.ofBegun(place)) {
            // Only now, when nobody else writes there, does it say where the run stands.
            StoredJob stored = StoredJob.read(run.folder());
            Origin origin = Origin.of(stored).with(run.request());
            place.linkFromHome();
            if (stored.state() == JobState.FINISHED && stored.summary().isPresent()) {
                claim.finished();
                return new SimulationResult(stored.summary().get(), Optional.empty(), run.folder(), origin.base());
            }
            refuseChangedJobFile(run);
            origin.check(!Files.exists(place.work().resolve(Sites.DEALT)));
            SortedMap<String, SiteFiles> sites = Sites.of(origin.request(), origin.base(), place.work());
            refuseOtherSites(stored.sites(), sites);
            origin.checkRecords(sites);
            return run(place, origin, sites, claim, observer, true);
        }
    }

    private static void refuseChangedJobFile(StoredRun run) throws IOException {
        Path file = run.folder().resolve("job.yaml");
        if (Files.exists(file)) {
            run.checkSame(Files.readString(file, StandardCharsets.UTF_8), file.toString());
        }
    }

    private static void refuseOtherSites(List<String> before, SortedMap<String, SiteFiles> now) {
        if (!List.copyOf(now.keySet()).equals(before)) {
            throw new Refusal("the run began with the sites " + String.join(", ", before) + ", and now there are: "
                    + String.join(", ", now.keySet()) + "; put the sites' folders back as they were");
        }
    }

    private SimulationResult run(
            Place place,
            Origin origin,
            SortedMap<String, SiteFiles> sites,
            Claim claim,
            JobObserver observer,
            boolean resumes)
            throws IOException, InterruptedException {
        SimulationRequest request = origin.request();
        URI address = URI.create(TRANSPORT + ":" + place.id());
        ComputeSlots slots = new ComputeSlots(request.parallel().orElseGet(() -> atATime(request, sites.size())));
        Path programs = place.folder().resolve("sites");
        try (Alarm.OfMachine machine = new Alarm.OfMachine(place.id() + "-deadline");
                Server server = Server.listen(plugins, TRANSPORT, address, alarm.orElse(machine), patience);
                Joined joined = new Joined()) {
            for (var entry : sites.entrySet()) {
                Path work = place.work().resolve(entry.getKey());
                joined.add(Site.join(
                        new SiteSetup(
                                entry.getKey(),
                                work,
                                entry.getValue(),
                                slots,
                                patience,
                                programs.resolve(entry.getKey()),
                                ProgramPolicy.ANY),
                        plugins,
                        TRANSPORT,
                        address));
            }
            JobRequest job = new JobRequest(
                    place.id(),
                    request.job(),
                    request.jobFile().toString(),
                    place.folder(),
                    List.copyOf(sites.keySet()),
                    origin.fields(),
                    resumes,
                    JobFiles.of(request.job(), request.jobFile(), origin.base()));
            Cancellation cancellation = new Cancellation();
            JobResult result = new Uninterrupted<>(
                            "job-" + place.id(), () -> server.run(job, linking(place, observer), cancellation))
                    .await(cancellation);
            if (result.summary().state() == JobState.FINISHED) {
                claim.finished();
            }
            return new SimulationResult(result.summary(), result.reason(), place.folder(), origin.base());
        }
    }

    /** The trainer {@code lm} uses all cores for one site; programs get a core each. */
    private static int atATime(SimulationRequest request, int sites) {
        boolean programs = request.job().program().isPresent()
                || PROGRAMS.contains(request.job().trainer().type());
        return programs ? Math.min(sites, Runtime.getRuntime().availableProcessors()) : 1;
    }

    /** A job that began can be found by its id. */
    private static JobObserver linking(Place place, JobObserver observer) {
        return event -> {
            if (event instanceof JobEvent.Started) {
                place.linkFromHome();
            }
            observer.happened(event);
        };
    }

    /** The sites of one simulation, closed together. */
    private static final class Joined implements AutoCloseable {

        private final List<Site> sites = new ArrayList<>();

        void add(Site site) {
            sites.add(site);
        }

        @Override
        public void close() {
            sites.forEach(Site::close);
        }
    }
}
