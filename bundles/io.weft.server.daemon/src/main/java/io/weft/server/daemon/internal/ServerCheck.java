package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Kit;
import io.weft.launch.HomeFindings;
import io.weft.launch.Resident.Finding;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Looks at what a server needs before it starts: kit, clock, port, disk, memory, limits. */
final class ServerCheck {

    /** The heap, what lies outside it, and Java itself, as the archive's {@code bin/java.options} bounds them. */
    private static final long MEMORY = 300_000_000;

    private final Path home;
    private final Clock clock;
    private final HomeFindings findings;

    ServerCheck(Path home, Clock clock) {
        this.home = home;
        this.clock = clock;
        this.findings = new HomeFindings(home);
    }

    List<Finding> findings() throws IOException {
        Optional<Kit> kit = kit();
        clock();
        kit.ifPresent(this::port);
        findings.disk("each round of a job takes its model and every site's update");
        findings.memory(
                MEMORY,
                "a server takes up to " + MEMORY / 1_000_000 + " MB",
                "give it a machine, or a container, with more");
        limits();
        return findings.all();
    }

    private Optional<Kit> kit() throws IOException {
        try {
            Kit kit = ServerResident.kit(home);
            findings.fine("kit", kit.identity() + " of the project " + kit.project());
            if (kit.warnings().isEmpty()) {
                findings.fine("certificate", "counts until " + kit.until());
            } else {
                findings.wrong("certificate", String.join("; ", kit.warnings()));
            }
            return Optional.of(kit);
        } catch (Refusal e) {
            findings.wrong("kit", e.getMessage());
            return Optional.empty();
        }
    }

    private void clock() throws IOException {
        Kit.clockProblem(home.resolve("kit"), clock)
                .ifPresentOrElse(
                        problem -> findings.wrong("clock", problem),
                        () -> findings.fine(
                                "clock",
                                clock.instant().truncatedTo(ChronoUnit.SECONDS)
                                        + "; sites' clocks must not differ by more than an hour"));
    }

    private void port(Kit kit) {
        URI at = RunningServer.address(kit);
        Optional<ProcessHandle> resident = findings.resident();
        if (resident.isPresent()) {
            findings.fine(
                    "port",
                    at.getAuthority() + " is held by the server that runs in this home, process "
                            + resident.get().pid());
            return;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(at.getHost()), at.getPort()));
            findings.fine("port", at.getAuthority() + " is free");
        } catch (IOException e) {
            findings.wrong(
                    "port",
                    at.getAuthority() + " cannot be taken (" + e.getMessage()
                            + "); end who has it, or provision another port");
        }
    }

    private void limits() throws IOException {
        try {
            findings.fine("resources", "up to " + ServerLimits.of(home).jobs() + " jobs at a time");
        } catch (Refusal e) {
            findings.wrong("resources", e.getMessage());
        }
    }
}
