package io.weft.server.daemon.internal;

import com.sun.management.OperatingSystemMXBean;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Kit;
import io.weft.launch.Resident.Finding;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at what a server needs before it starts: kit, clock, port, disk, memory, limits. */
final class ServerCheck {

    private static final long LITTLE_ROOM = 1_000_000_000;

    /** The heap, what lies outside it, and Java itself, as the archive's {@code bin/java.options} bounds them. */
    private static final long MEMORY = 300_000_000;

    private final Path home;
    private final Clock clock;
    private final List<Finding> findings = new ArrayList<>();

    ServerCheck(Path home, Clock clock) {
        this.home = home;
        this.clock = clock;
    }

    List<Finding> findings() throws IOException {
        Optional<Kit> kit = kit();
        clock();
        if (kit.isPresent()) {
            port(kit.get());
        }
        disk();
        memory();
        limits();
        return findings;
    }

    private Optional<Kit> kit() throws IOException {
        try {
            Kit kit = ServerResident.kit(home);
            findings.add(new Finding("kit", true, kit.identity() + " of the project " + kit.project()));
            findings.add(
                    kit.warnings().isEmpty()
                            ? new Finding("certificate", true, "counts until " + kit.until())
                            : new Finding("certificate", false, String.join("; ", kit.warnings())));
            return Optional.of(kit);
        } catch (Refusal e) {
            findings.add(new Finding("kit", false, e.getMessage()));
            return Optional.empty();
        }
    }

    private void clock() throws IOException {
        Optional<String> problem = Kit.clockProblem(home.resolve("kit"), clock);
        findings.add(new Finding(
                "clock",
                problem.isEmpty(),
                problem.orElse(clock.instant().truncatedTo(ChronoUnit.SECONDS)
                        + "; sites' clocks must not differ by more than an hour")));
    }

    /** The process that lives in this home. */
    private Optional<ProcessHandle> resident() {
        try {
            return ProcessHandle.of(
                    Long.parseLong(Files.readString(home.resolve("data").resolve("resident.pid"))
                            .strip()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty(); // Nobody lives there.
        }
    }

    private void port(Kit kit) {
        URI at = RunningServer.address(kit);
        Optional<ProcessHandle> resident = resident();
        if (resident.isPresent()) {
            findings.add(new Finding(
                    "port",
                    true,
                    at.getAuthority() + " is held by the server that runs in this home, process "
                            + resident.get().pid()));
            return;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(at.getHost()), at.getPort()));
            findings.add(new Finding("port", true, at.getAuthority() + " is free"));
        } catch (IOException e) {
            findings.add(new Finding(
                    "port",
                    false,
                    at.getAuthority() + " cannot be taken (" + e.getMessage()
                            + "); end who has it, or provision another port"));
        }
    }

    private void disk() throws IOException {
        Path data = home.resolve("data");
        Files.createDirectories(data);
        long free = Files.getFileStore(data).getUsableSpace();
        boolean enough = free >= LITTLE_ROOM && Files.isWritable(data);
        findings.add(new Finding(
                "disk",
                enough,
                free / 1_000_000 + " MB are free for " + data
                        + (enough
                                ? ""
                                : "; each round of a job takes its model and every site's update, so make room")));
    }

    private void memory() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            long total = system.getTotalMemorySize();
            findings.add(new Finding(
                    "memory",
                    total >= MEMORY,
                    total / 1_000_000 + " MB in this machine; a server takes up to " + MEMORY / 1_000_000 + " MB"
                            + (total >= MEMORY ? "" : "; give it a machine, or a container, with more")));
        }
    }

    private void limits() throws IOException {
        try {
            findings.add(new Finding(
                    "resources", true, "up to " + ServerLimits.of(home).jobs() + " jobs at a time"));
        } catch (Refusal e) {
            findings.add(new Finding("resources", false, e.getMessage()));
        }
    }
}
