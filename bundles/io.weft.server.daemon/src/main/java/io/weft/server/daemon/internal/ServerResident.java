package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Administration;
import io.weft.identity.Kind;
import io.weft.identity.Kit;
import io.weft.launch.Resident;
import io.weft.launch.StatusPage;
import io.weft.plugins.Plugins;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** What {@code weft start} starts in the server's distribution. */
@Component
public final class ServerResident implements Resident {

    /** Served when the server is there. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<StatusPage> pages = new CopyOnWriteArrayList<>();

    private final Plugins plugins;
    private final BundleContext context;

    @Activate
    public ServerResident(@Reference Plugins plugins, BundleContext context) {
        this.plugins = plugins;
        this.context = context;
    }

    @Override
    public String kind() {
        return Kind.SERVER.word();
    }

    /** The kit of a server's home. */
    static Kit kit(Path home) throws IOException {
        Path folder = home.resolve("kit");
        Kit kit = Kit.open(folder);
        if (kit.identity().kind() != Kind.SERVER) {
            throw new Refusal(folder + " is the kit of " + kit.identity()
                    + "; the home of a server takes the kit that 'weft provision' made in the folder 'server'");
        }
        return kit;
    }

    @Override
    public Residence open(Path home) throws IOException, InterruptedException {
        Kit kit = kit(home);
        int jobs = ServerLimits.of(home).jobs();
        RunningServer server;
        try {
            server = RunningServer.open(
                    kit, home, plugins, jobs, () -> pages.stream().findFirst());
        } catch (BindException e) {
            throw new Refusal(
                    "port " + kit.server().port() + " is taken (" + e.getMessage()
                            + "); end who has it, or provision another port",
                    e);
        }
        ServiceRegistration<Administration> administration = context.registerService(
                Administration.class, server.administration(), FrameworkUtil.asDictionary(Map.of()));
        ServiceRegistration<ServerView> view =
                context.registerService(ServerView.class, server.view(), FrameworkUtil.asDictionary(Map.of()));
        return new Residence() {
            @Override
            public String name() {
                return server.name();
            }

            @Override
            public List<String> status() {
                return server.status();
            }

            @Override
            public void close() throws InterruptedException {
                view.unregister();
                administration.unregister();
                server.close();
            }
        };
    }

    @Override
    public List<Finding> check(Path home) throws IOException {
        return new ServerCheck(home, Clock.systemUTC()).findings();
    }
}
