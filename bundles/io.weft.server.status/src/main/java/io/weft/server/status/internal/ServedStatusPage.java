package io.weft.server.status.internal;

import io.weft.api.plugin.Refusal;
import io.weft.launch.StatusPage;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The status page, from the server's start to its end. A page that cannot be served is no reason for a server not to run. */
@Component(service = StatusPage.class, immediate = true)
public final class ServedStatusPage implements StatusPage {

    private static final Logger LOG = LoggerFactory.getLogger(ServedStatusPage.class);

    private final Optional<PageServer> page;
    private final String words;

    @Activate
    public ServedStatusPage(@Reference ServerView server) {
        Optional<PageServer> served = Optional.empty();
        String said;
        int port = 0;
        try {
            PageSettings settings =
                    PageSettings.of(server.home(), server.kit().server().port());
            port = settings.port();
            if (settings.serve()) {
                PageServer opened = PageServer.open(server, port, Clock.systemUTC());
                served = Optional.of(opened);
                said = opened.address().toString();
                LOG.info("the status page is at {}", said);
            } else {
                said = "none (conf/" + PageSettings.FILE + " says so)";
            }
        } catch (Refusal e) {
            said = "none: " + e.getMessage();
            LOG.warn("no status page: {}", e.getMessage());
        } catch (IOException e) {
            said = "none: port " + port + " cannot be taken (" + e.getMessage() + "); name another in conf/"
                    + PageSettings.FILE + ", such as 'port: " + (port + 1) + "', and start the server again";
            LOG.warn("no status page: {}", said);
        }
        this.page = served;
        this.words = said;
    }

    @Override
    public String words() {
        return words;
    }

    @Override
    public URI once() {
        return served().once();
    }

    @Override
    public URI once(X509Certificate admin) {
        return served().once(admin);
    }

    private PageServer served() {
        return page.orElseThrow(() -> new Refusal("there is no status page: " + words));
    }

    @Deactivate
    void close() throws InterruptedException {
        if (page.isPresent()) {
            page.get().close();
        }
    }
}
