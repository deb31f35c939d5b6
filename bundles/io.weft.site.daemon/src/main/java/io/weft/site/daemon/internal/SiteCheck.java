package io.weft.site.daemon.internal;

import com.sun.management.OperatingSystemMXBean;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Kit;
import io.weft.launch.Resident.Finding;
import io.weft.site.catalogue.HomeCatalogue;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks at what a site needs before it starts: kit, server, disk, datasets, models, memory. */
final class SiteCheck {

    private static final long LITTLE_ROOM = 1_000_000_000;
    private static final int DIAL_MILLIS = 5000;

    /** Beside the weights: the engine, one step's activations, and a JVM. */
    private static final long MEMORY_BESIDE = 400_000_000;

    private final Path home;
    private final HomeCatalogue catalogue;
    private final List<Finding> findings = new ArrayList<>();

    SiteCheck(Path home) {
        this.home = home;
        this.catalogue = HomeCatalogue.of(home);
    }

    List<Finding> findings() throws IOException {
        kit().ifPresent(this::server);
        disk();
        datasets();
        models();
        return findings;
    }

    private Optional<Kit> kit() throws IOException {
        try {
            Kit kit = SiteResident.kit(home);
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

    private void server(Kit kit) {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(kit.server().host(), kit.server().port()), DIAL_MILLIS);
            findings.add(new Finding("server", true, kit.server() + " is reached"));
        } catch (IOException e) {
            findings.add(new Finding(
                    "server",
                    false,
                    kit.server() + " is not reached (" + e.getMessage()
                            + "); see that the server runs, and that this machine may dial out to that port"));
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
                        + (enough ? "" : "; a task keeps the received model and its update there, so make room")));
    }

    private void datasets() {
        try {
            List<String> names = catalogue.datasets();
            for (String name : names) {
                for (Path file : catalogue.dataset(name).orElseThrow()) {
                    if (!Files.isReadable(file)) {
                        throw new Refusal(
                                file + " of the dataset '" + name + "' cannot be read; change its permissions");
                    }
                }
            }
            findings.add(new Finding(
                    "datasets",
                    !names.isEmpty(),
                    names.isEmpty()
                            ? "there are none; name them in " + home.resolve("conf/datasets.yaml")
                            : String.join(", ", names)));
        } catch (Refusal e) {
            findings.add(new Finding("datasets", false, e.getMessage()));
        }
    }

    private void models() throws IOException {
        try {
            List<String> names = catalogue.models();
            long largest = 0;
            for (String name : names) {
                Path folder = catalogue.model(name).orElseThrow();
                if (!Files.isReadable(folder.resolve("config.json"))) {
                    throw new Refusal("the model '" + name + "' has no " + folder.resolve("config.json")
                            + " that can be read; lay the checkpoint there, or correct conf/models.yaml");
                }
                largest = Math.max(largest, size(folder));
            }
            findings.add(new Finding(
                    "models",
                    true,
                    names.isEmpty()
                            ? "there are none, so only jobs that bring their own model can run; name them in "
                                    + home.resolve("conf/models.yaml")
                            : String.join(", ", names)));
            memory(largest);
        } catch (Refusal e) {
            findings.add(new Finding("models", false, e.getMessage()));
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".safetensors"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private void memory(long weights) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            long total = system.getTotalMemorySize();
            long needed = weights + MEMORY_BESIDE;
            findings.add(new Finding(
                    "memory",
                    total >= needed,
                    total / 1_000_000 + " MB in this machine; the largest model takes " + weights / 1_000_000
                            + " MB before training"
                            + (total >= needed ? "" : "; train it on a machine with more memory")));
        }
    }
}
