package io.weft.site.daemon.internal;

import io.weft.identity.Kit;
import io.weft.launch.Resident;
import io.weft.plugins.Plugins;
import io.weft.site.Admission;
import io.weft.site.Catalogue;
import io.weft.site.ComputeSlots;
import io.weft.site.ProgramPolicy;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A site at home: it stays with its server and runs what it is asked on the home's own data. */
final class RunningSite implements Resident.Residence {

    static final String TRANSPORT = "mina";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** A server that is there answers sooner; one that is not is dialled for as long as it takes, and nobody waits for that. */
    private static final Duration FIRST_JOINING = Duration.ofSeconds(5);

    private final Kit kit;
    private final Catalogue catalogue;
    private final Membership membership;

    private RunningSite(Kit kit, Catalogue catalogue, Membership membership) {
        this.kit = kit;
        this.catalogue = catalogue;
        this.membership = membership;
    }

    static RunningSite open(Kit kit, Path home, Catalogue catalogue, Admission admission, Plugins plugins) {
        Path data = home.resolve("data");
        SiteSetup setup = new SiteSetup(
                kit.identity().name(),
                data.resolve("jobs"),
                catalogue,
                new ComputeSlots(1),
                PATIENCE,
                job -> data.resolve("programs").resolve(job),
                ProgramPolicy.ANY, // What may run, the admission has decided.
                admission,
                true);
        Membership membership = Membership.begin(
                () -> Site.join(setup, plugins, TRANSPORT, kit.server().uri(), Optional.of(kit.tls())),
                new SplittableRandom());
        return new RunningSite(kit, catalogue, membership);
    }

    @Override
    public String name() {
        return kit.identity().name() + " of " + kit.project() + ", server " + kit.server();
    }

    @Override
    public String ready() throws InterruptedException {
        membership.awaitFirst(FIRST_JOINING);
        return kit.identity().name() + " of " + kit.project() + ", " + connection();
    }

    private String connection() {
        return membership
                .trouble()
                .map(trouble -> "not connected to " + kit.server() + " yet, it dials on: " + trouble)
                .orElse("connected to " + kit.server());
    }

    @Override
    public List<String> status() {
        List<String> lines = new ArrayList<>();
        lines.add(membership
                .trouble()
                .map(trouble -> "not connected: " + trouble)
                .orElse("connected to " + kit.server()));
        List<String> jobs = membership.jobs();
        lines.add("jobs: " + (jobs.isEmpty() ? "none" : String.join(", ", jobs)));
        List<String> datasets = catalogue.datasets();
        lines.add("datasets: " + (datasets.isEmpty() ? "none" : String.join(", ", datasets)));
        lines.addAll(kit.warnings());
        return lines;
    }

    @Override
    public void close() throws InterruptedException {
        membership.close();
    }
}
