package io.weft.simulate.internal;

import io.weft.exchange.Cancellation;
import io.weft.plugins.Plugins;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.Server;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.site.ComputeSlots;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** A server and its sites over the transport {@code local}: real frames, real streams, one process. */
@Component
public final class LocalSimulation implements Simulation {

    private static final String TRANSPORT = "local";

    private final Plugins plugins;
    private final Optional<Alarm> alarm;
    private final Duration patience;

    @Activate
    public LocalSimulation(@Reference Plugins plugins) {
        this(plugins, Optional.empty(), Server.PATIENCE);
    }

    /**
     * @param alarm rings at deadlines; empty for one of each simulation's own
     * @param patience how long the end waits for a site that does not stop
     */
    LocalSimulation(Plugins plugins, Optional<Alarm> alarm, Duration patience) {
        this.plugins = plugins;
        this.alarm = alarm;
        this.patience = patience;
    }

    @Override
    public SimulationResult run(SimulationRequest request, JobObserver observer)
            throws IOException, InterruptedException {
        Place place = Place.of(request, Clock.systemUTC());
        try (Work work = new Work(place.work())) {
            Optional<Path> base = new Bases(request).base();
            SortedMap<String, SiteFiles> sites = Sites.of(request, base, place.work());
            return run(request, place, base, sites, observer);
        }
    }

    private SimulationResult run(
            SimulationRequest request,
            Place place,
            Optional<Path> base,
            SortedMap<String, SiteFiles> sites,
            JobObserver observer)
            throws IOException, InterruptedException {
        URI address = URI.create(TRANSPORT + ":" + place.id());
        ComputeSlots slots = new ComputeSlots(request.parallel().orElse(1));
        try (Alarm.OfMachine machine = new Alarm.OfMachine(place.id() + "-deadline");
                Server server = Server.listen(plugins, TRANSPORT, address, alarm.orElse(machine), patience);
                Joined joined = new Joined()) {
            for (var entry : sites.entrySet()) {
                Path work = place.work().resolve(entry.getKey());
                joined.add(Site.join(
                        new SiteSetup(entry.getKey(), work, entry.getValue(), slots, patience),
                        plugins,
                        TRANSPORT,
                        address));
            }
            JobRequest job = new JobRequest(
                    place.id(),
                    request.job(),
                    request.jobFile().toString(),
                    place.folder(),
                    List.copyOf(sites.keySet()));
            Cancellation cancellation = new Cancellation();
            JobResult result = new Uninterrupted<>(
                            "job-" + place.id(), () -> server.run(job, linking(place, observer), cancellation))
                    .await(cancellation);
            return new SimulationResult(result.summary(), result.reason(), place.folder(), base);
        }
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
