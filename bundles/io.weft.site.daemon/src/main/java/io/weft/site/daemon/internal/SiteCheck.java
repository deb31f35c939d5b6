package io.weft.site.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.identity.Kit;
import io.weft.job.Section;
import io.weft.launch.HomeFindings;
import io.weft.launch.Resident.Finding;
import io.weft.site.ServerProbe;
import io.weft.site.catalogue.HomeCatalogue;
import io.weft.site.policy.SitePolicy;
import io.weft.tensor.FileProblem;
import io.weft.tensor.Safetensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Looks at what a site needs before it starts: kit, clock, server, disk, datasets, models, memory. */
final class SiteCheck {

    private static final String SERVER = "server";

    /** Beside the weights: the engine, one step's activations, and a JVM. */
    private static final long MEMORY_BESIDE = 400_000_000;

    /** What editors may put before a text; no part of it. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);

    private final Path home;
    private final Clock clock;
    private final Probe probe;
    private final Consumer<Section> filter;
    private final HomeCatalogue catalogue;
    private final HomeFindings findings;

    /** Asks a kit's server how it would receive a site of the kit's name. */
    @FunctionalInterface
    interface Probe {
        ServerProbe.Seen look(Kit kit) throws IOException, InterruptedException;
    }

    /**
     * @param filter refuses a filter of the policy that is not installed, or does not take its options
     */
    SiteCheck(Path home, Clock clock, Probe probe, Consumer<Section> filter) {
        this.home = home;
        this.clock = clock;
        this.probe = probe;
        this.filter = filter;
        this.catalogue = HomeCatalogue.of(home);
        this.findings = new HomeFindings(home);
    }

    List<Finding> findings() throws IOException, InterruptedException {
        Optional<Kit> kit = kit();
        Optional<Instant> server = kit.isPresent() ? server(kit.get()) : Optional.empty();
        clock(server);
        findings.disk("a task keeps the received model and its update there");
        policy();
        datasets();
        models();
        return findings.all();
    }

    private Optional<Kit> kit() throws IOException {
        try {
            Kit kit = SiteResident.kit(home);
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

    private void clock(Optional<Instant> server) throws IOException {
        Kit.clockProblem(home.resolve("kit"), clock)
                .or(() -> server.flatMap(this::difference))
                .ifPresentOrElse(
                        problem -> findings.wrong("clock", problem),
                        () -> findings.fine(
                                "clock",
                                clock.instant().truncatedTo(ChronoUnit.SECONDS)
                                        + (server.isPresent()
                                                ? ", as at the server"
                                                : "; the server's clock must not differ by more than an hour")));
    }

    /** Certificates are made valid from an hour ago, so a clock that is less wrong than that does no harm. */
    private Optional<String> difference(Instant server) {
        Duration ahead = Duration.between(server, clock.instant());
        return ahead.abs().compareTo(CLOCKS_DIFFER) <= 0
                ? Optional.empty()
                : Optional.of("it is " + clock.instant().truncatedTo(ChronoUnit.SECONDS) + " here and "
                        + server.truncatedTo(ChronoUnit.SECONDS)
                        + " at the server; set the clock that is wrong, best of all by network time (NTP)");
    }

    /** What time it is there, when it says. */
    private Optional<Instant> server(Kit kit) throws InterruptedException {
        try {
            ServerProbe.Seen seen = probe.look(kit);
            if (seen.connected() && findings.resident().isEmpty()) {
                findings.wrong(
                        SERVER,
                        kit.server() + " has a site '" + kit.identity().name()
                                + "' already, and none runs in this home: another process uses this kit; stop that one, or take"
                                + " the kit of another site");
            } else {
                findings.fine(SERVER, kit.server() + " is reached, and both show certificates that count");
            }
            return seen.time();
        } catch (Refusal e) {
            findings.wrong(SERVER, kit.server() + " is reached, and refuses this site: " + e.getMessage());
        } catch (IOException e) {
            findings.wrong(
                    SERVER,
                    ofCertificates(e)
                            ? kit.server() + " is reached, and the certificates do not fit (" + e.getMessage()
                                    + "); see that both kits are of one project and neither is revoked, and compare the clocks"
                            : kit.server() + " is not reached (" + e.getMessage()
                                    + "); see that the server runs, and that this machine may dial out to that port");
        }
        return Optional.empty();
    }

    private static boolean ofCertificates(Throwable reason) {
        for (Throwable cause = reason; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException || cause instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }

    private void policy() {
        Path file = home.resolve(SitePolicy.FILE);
        boolean there = Files.exists(file);
        List<String> applied = new ArrayList<>();
        if (finds("policy", () -> applied.addAll(appliedFilters()))) {
            findings.fine(
                    "policy",
                    there
                            ? file + " can be read"
                                    + (applied.isEmpty()
                                            ? ""
                                            : ", and the filters that it applies are here: "
                                                    + String.join(", ", applied))
                            : "none, so every job of the project may run that brings no program of its own");
        }
    }

    private List<String> appliedFilters() {
        List<Section> applied = SitePolicy.of(home).appliedFilters();
        applied.forEach(filter);
        return applied.stream().map(Section::type).toList();
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
                findings.fine("datasets", String.join(", ", readable));
            } else if (catalogue.datasets().isEmpty()) {
                findings.wrong("datasets", "there are none; name them in " + home.resolve("conf/datasets.yaml"));
            }
        } catch (Refusal e) {
            findings.wrong("datasets", e.getMessage());
        }
    }

    private void models() throws IOException {
        try {
            List<String> readable = new ArrayList<>();
            long largest = 0;
            for (String name : catalogue.models().names()) {
                if (finds("models", () -> model(name))) {
                    readable.add(name);
                    largest = Math.max(
                            largest, size(catalogue.models().model(name).orElseThrow()));
                }
            }
            if (!readable.isEmpty()) {
                findings.fine("models", String.join(", ", readable));
            } else if (catalogue.models().names().isEmpty()) {
                findings.fine(
                        "models",
                        "there are none, so only jobs that bring their own model can run; name them in "
                                + home.resolve("conf/models.yaml"));
            }
            memory(largest);
        } catch (Refusal e) {
            findings.wrong("models", e.getMessage());
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
            findings.wrong(subject, e.getMessage());
        } catch (IOException e) {
            findings.wrong(subject, FileProblem.words(e));
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
                String record = first == null
                        ? ""
                        : first.replaceFirst("^" + BYTE_ORDER_MARK, "").strip();
                if (!record.startsWith("{") || !record.endsWith("}")) {
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
        Path folder = catalogue.models().model(name).orElseThrow();
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
        findings.memory(
                weights + MEMORY_BESIDE,
                "the largest model takes " + weights / 1_000_000 + " MB before training",
                "train it on a machine with more memory");
    }
}
