package io.weft.site.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * What a person at this site said to jobs: a file a job in {@code data/approvals}. What is approved is a job's file as it was
 * shown: the same id with other content is asked for anew.
 */
@Component(service = Approvals.class)
public final class Approvals {

    /** What a person said. */
    public enum Decision {
        APPROVED,
        REFUSED,
        /** Nothing yet. */
        PENDING
    }

    private static final String HOME = "weft.home";
    private static final String SUFFIX = ".json";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path folder;
    private final Clock clock;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    @Activate
    public Approvals(BundleContext context) {
        this(Path.of(context.getProperty(HOME)), Clock.systemUTC());
    }

    /** Those of a home. */
    public Approvals(Path home, Clock clock) {
        this.folder = home.resolve("data").resolve("approvals");
        this.clock = clock;
    }

    /** What was said to a job; it waits from now on when nothing was. */
    public synchronized Decision decision(String id, String jobFile, String submitter, String reason)
            throws IOException {
        Optional<JsonNode> known = read(id);
        if (known.isPresent() && known.get().path("jobFile").asText().equals(jobFile)) {
            return decision(known.get());
        }
        write(new PendingJob(id, submitter, jobFile, reason, clock.instant()), Decision.PENDING);
        return Decision.PENDING;
    }

    /** The jobs that wait, by id. */
    public synchronized List<PendingJob> pending() throws IOException {
        var pending = new ArrayList<PendingJob>();
        for (String id : ids()) {
            Optional<JsonNode> known = read(id);
            if (known.isPresent() && decision(known.get()) == Decision.PENDING) {
                pending.add(job(id, known.get()));
            }
        }
        return pending;
    }

    /**
     * Says yes or no to a job that waits.
     *
     * @return the job
     * @throws Refusal when no job of that id waits
     */
    public PendingJob decide(String id, boolean approved) throws IOException {
        PendingJob job = decided(id, approved);
        listeners.forEach(Runnable::run);
        return job;
    }

    private synchronized PendingJob decided(String id, boolean approved) throws IOException {
        Optional<JsonNode> known = ids().contains(id) ? read(id) : Optional.empty();
        if (known.isEmpty() || decision(known.get()) != Decision.PENDING) {
            List<String> waiting = pending().stream().map(PendingJob::id).toList();
            throw new Refusal("no job '" + id + "' waits here" + Nearest.hint(id, waiting) + " (waiting: "
                    + (waiting.isEmpty() ? "none" : String.join(", ", waiting)) + ")");
        }
        PendingJob job = job(id, known.get());
        write(job, approved ? Decision.APPROVED : Decision.REFUSED);
        return job;
    }

    /** Who is told, from the thread of the decision, that something was decided. */
    public AutoCloseable onDecision(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private List<String> ids() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(SUFFIX) && !name.startsWith("."))
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        }
    }

    private Optional<JsonNode> read(String id) throws IOException {
        Path file = file(id);
        return Files.exists(file) ? Optional.of(MAPPER.readTree(file.toFile())) : Optional.empty();
    }

    private void write(PendingJob job, Decision decision) throws IOException {
        byte[] text = MAPPER.writerWithDefaultPrettyPrinter()
                .writeValueAsBytes(MAPPER.createObjectNode()
                        .put("decision", decision.name())
                        .put("submitter", job.submitter())
                        .put("reason", job.reason())
                        .put("since", job.since().toString())
                        .put(
                                "decided",
                                decision == Decision.PENDING
                                        ? ""
                                        : clock.instant().toString())
                        .put("sha256", Digests.of(job.jobFile().getBytes(StandardCharsets.UTF_8)))
                        .put("jobFile", job.jobFile()));
        Files.createDirectories(folder);
        Durable.write(file(job.id()), text);
    }

    private Path file(String id) {
        if (!id.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}")) {
            throw new Refusal("'" + id + "' is not the id of a job");
        }
        return folder.resolve(id + SUFFIX);
    }

    private static Decision decision(JsonNode of) {
        return Decision.valueOf(of.path("decision").asText());
    }

    private static PendingJob job(String id, JsonNode of) {
        return new PendingJob(
                id,
                of.path("submitter").asText(),
                of.path("jobFile").asText(),
                of.path("reason").asText(),
                Instant.parse(of.path("since").asText()));
    }
}
