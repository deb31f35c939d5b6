package io.weft.site.daemon.internal;

import com.sun.management.OperatingSystemMXBean;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.identity.Kit;
import io.weft.launch.Resident.Finding;
import io.weft.site.catalogue.HomeCatalogue;
import io.weft.tensor.FileProblem;
import io.weft.tensor.Safetensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** Looks at what a site needs before it starts: kit, clock, server, disk, datasets, models, memory. */
final class SiteCheck {

    private static final long LITTLE_ROOM = 1_000_000_000;
    private static final int DIAL_MILLIS = 5000;
    private static final int REFUSAL_MILLIS = 500;

    /** Beside the weights: the engine, one step's activations, and a JVM. */
    private static final long MEMORY_BESIDE = 400_000_000;

    private final Path home;
    private final Clock clock;
    private final HomeCatalogue catalogue;
    private final List<Finding> findings = new ArrayList<>();

    SiteCheck(Path home, Clock clock) {
        this.home = home;
        this.clock = clock;
        this.catalogue = HomeCatalogue.of(home);
    }

    List<Finding> findings() throws IOException {
        Optional<Kit> kit = kit();
        clock();
        kit.ifPresent(this::server);
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

    private void clock() throws IOException {
        Optional<String> problem = Kit.clockProblem(home.resolve("kit"), clock);
        findings.add(new Finding(
                "clock",
                problem.isEmpty(),
                problem.orElse(clock.instant().truncatedTo(ChronoUnit.SECONDS)
                        + "; the server's clock must not differ by more than an hour")));
    }

    private void server(Kit kit) {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(kit.server().host(), kit.server().port()), DIAL_MILLIS);
            handshake(kit, socket);
            findings.add(
                    new Finding("server", true, kit.server() + " is reached, and both show certificates that count"));
        } catch (SSLException e) {
            findings.add(
                    new Finding(
                            "server",
                            false,
                            kit.server() + " is reached, and the certificates do not fit (" + e.getMessage()
                                    + "); see that both kits are of one project and neither is revoked, and compare the clocks"));
        } catch (IOException e) {
            findings.add(new Finding(
                    "server",
                    false,
                    kit.server() + " is not reached (" + e.getMessage()
                            + "); see that the server runs, and that this machine may dial out to that port"));
        }
    }

    /** That the server refuses this certificate shows in what it says next, which otherwise is nothing. */
    private static void handshake(Kit kit, Socket socket) throws IOException {
        socket.setSoTimeout(DIAL_MILLIS);
        try (SSLSocket secured = (SSLSocket) kit.tls()
                .getSocketFactory()
                .createSocket(socket, kit.server().host(), kit.server().port(), false)) {
            secured.startHandshake();
            secured.setSoTimeout(REFUSAL_MILLIS);
            int said = secured.getInputStream().read();
            if (said < 0) {
                throw new SSLException("the server closed the connection");
            }
        } catch (SocketTimeoutException e) {
            // It waits for what a site would say first.
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
            List<String> readable = new ArrayList<>();
            for (String name : catalogue.datasets()) {
                if (finds("datasets", () -> dataset(name))) {
                    readable.add(name);
                }
            }
            if (!readable.isEmpty()) {
                findings.add(new Finding("datasets", true, String.join(", ", readable)));
            } else if (catalogue.datasets().isEmpty()) {
                findings.add(new Finding(
                        "datasets", false, "there are none; name them in " + home.resolve("conf/datasets.yaml")));
            }
        } catch (Refusal e) {
            findings.add(new Finding("datasets", false, e.getMessage()));
        }
    }

    private void models() throws IOException {
        try {
            List<String> readable = new ArrayList<>();
            long largest = 0;
            for (String name : catalogue.models()) {
                if (finds("models", () -> model(name))) {
                    readable.add(name);
                    largest = Math.max(largest, size(catalogue.model(name).orElseThrow()));
                }
            }
            if (!readable.isEmpty()) {
                findings.add(new Finding("models", true, String.join(", ", readable)));
            } else if (catalogue.models().isEmpty()) {
                findings.add(new Finding(
                        "models",
                        true,
                        "there are none, so only jobs that bring their own model can run; name them in "
                                + home.resolve("conf/models.yaml")));
            }
            memory(largest);
        } catch (Refusal e) {
            findings.add(new Finding("models", false, e.getMessage()));
        }
    }

    /** Looks at something. */
    @FunctionalInterface
    private interface Look {
        void look() throws IOException;
    }

    /** Whether it is in order; each thing that is not is a finding of its own. */
    private boolean finds(String subject, Look look) {
        try {
            look.look();
            return true;
        } catch (Refusal e) {
            findings.add(new Finding(subject, false, e.getMessage()));
        } catch (IOException e) {
            findings.add(new Finding(subject, false, FileProblem.words(e)));
        }
        return false;
    }

    /** Its files, and the first record of each; all of them are read by {@code weft datasets}. */
    private void dataset(String name) throws IOException {
        for (Path file : catalogue.dataset(name).orElseThrow()) {
            if (!Files.isReadable(file)) {
                throw new Refusal(file + " of the dataset '" + name + "' cannot be read; change its permissions");
            }
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                String first = lines.readLine();
                if (first == null
                        || !first.strip().startsWith("{")
                        || !first.strip().endsWith("}")) {
                    throw new Refusal(file + ":1: the dataset '" + name
                            + "' has one JSON object a line, and this is none; put its records there");
                }
            } catch (CharacterCodingException e) {
                throw new Refusal(file + " of the dataset '" + name + "' is not text in UTF-8; convert it", e);
            }
        }
    }

    /** Its configuration, where it is a folder, and the tables of contents of its weights. */
    private void model(String name) throws IOException {
        Path folder = catalogue.model(name).orElseThrow();
        if (Files.isDirectory(folder) && !Files.isReadable(folder.resolve("config.json"))) {
            throw new Refusal("the model '" + name + "' has no " + folder.resolve("config.json")
                    + " that can be read; lay the checkpoint there, or correct conf/models.yaml");
        }
        boolean weights = false;
        for (Path file : weights(folder)) {
            weights = true;
            try (TensorReader reader = Safetensors.openCheckpoint(file)) {
                if (reader.manifest().tensors().isEmpty()) {
                    throw new Refusal(file + " has no tensors; lay the model '" + name + "' there again");
                }
            }
        }
        if (!weights) {
            throw new Refusal("the model '" + name + "' has no *.safetensors in " + folder
                    + "; lay the checkpoint there, or correct conf/models.yaml");
        }
    }

    private static List<Path> weights(Path folder) throws IOException {
        if (Files.isRegularFile(folder)) {
            return List.of(folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private static long size(Path folder) throws IOException {
        long bytes = 0;
        for (Path file : weights(folder)) {
            bytes += Files.size(file);
        }
        return bytes;
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
