package io.weft.server.status.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Kit;
import io.weft.launch.HomeFindings;
import io.weft.launch.PartCheck;
import io.weft.launch.Resident;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;

/** Looks at the settings and the port of the status page before the server starts. */
@Component
public final class PageCheck implements PartCheck {

    private static final String SUBJECT = "status page";

    @Override
    public List<Resident.Finding> check(Path home) throws IOException {
        HomeFindings findings = new HomeFindings(home);
        Kit kit;
        try {
            kit = Kit.open(home.resolve("kit"));
        } catch (Refusal e) {
            return List.of(); // The server's own check says so.
        }
        try {
            PageSettings settings = PageSettings.of(home, kit.server().port());
            if (!settings.serve()) {
                findings.fine(SUBJECT, "none: conf/" + PageSettings.FILE + " says so");
            } else if (settings.port() == 0) {
                findings.fine(SUBJECT, "any port that is free");
            } else {
                port(PageServer.address(kit, settings.port()), findings);
            }
        } catch (Refusal e) {
            findings.wrong(SUBJECT, e.getMessage());
        }
        return findings.all();
    }

    private static void port(InetSocketAddress at, HomeFindings findings) {
        String port = "port " + at.getPort();
        Optional<ProcessHandle> resident = findings.resident();
        if (resident.isPresent()) {
            findings.fine(
                    SUBJECT,
                    port + " is for the server that runs in this home, process "
                            + resident.get().pid());
            return;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(at);
            findings.fine(SUBJECT, port + " is free");
        } catch (IOException e) {
            findings.wrong(
                    SUBJECT,
                    port + " cannot be taken (" + e.getMessage() + "); end who has it, or name another in conf/"
                            + PageSettings.FILE + ": the server runs without the page");
        }
    }
}
