package io.weft.site.daemon.internal;

import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Kind;
import io.weft.identity.Kit;
import io.weft.job.Section;
import io.weft.launch.Resident;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.Plugins;
import io.weft.site.ServerProbe;
import io.weft.site.catalogue.HomeCatalogue;
import io.weft.site.policy.Approvals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@code weft start} starts in the site's distribution. */
@Component
public final class SiteResident implements Resident {

    private static final Logger LOG = LoggerFactory.getLogger(SiteResident.class);

    private final Plugins plugins;
    private final Approvals approvals;

    @Activate
    public SiteResident(@Reference Plugins plugins, @Reference Approvals approvals) {
        this.plugins = plugins;
        this.approvals = approvals;
    }

    @Override
    public String kind() {
        return Kind.SITE.word();
    }

    /** The kit of a site's home. */
    static Kit kit(Path home) throws IOException {
        Path folder = home.resolve("kit");
        Kit kit = Kit.open(folder);
        if (kit.identity().kind() != Kind.SITE) {
            throw new Refusal(folder + " is the kit of " + kit.identity()
                    + "; the home of a site takes the kit that 'weft provision' made in the folder of the site's name");
        }
        return kit;
    }

    @Override
    public Residence open(Path home) throws IOException {
        PolicyAdmission admission = new PolicyAdmission(home, approvals, LOG::info);
        return RunningSite.open(kit(home), home, HomeCatalogue.of(home), admission, plugins);
    }

    @Override
    public List<Finding> check(Path home) throws IOException, InterruptedException {
        return new SiteCheck(home, Clock.systemUTC(), this::look, this::tryOut).findings();
    }

    private void tryOut(Section filter) {
        try (Lease<UpdateFilter> lease = plugins.lease(UpdateFilter.class, filter.type())) {
            filter.check(lease.plugin().options());
        } catch (MissingPlugin e) {
            throw filter.refuse(e.getMessage());
        }
    }

    private ServerProbe.Seen look(Kit kit) throws IOException, InterruptedException {
        return ServerProbe.look(
                plugins,
                RunningSite.TRANSPORT,
                kit.server().uri(),
                Optional.of(kit.tls()),
                kit.identity().name());
    }
}
