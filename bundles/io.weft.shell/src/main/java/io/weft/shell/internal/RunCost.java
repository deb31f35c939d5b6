package io.weft.shell.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.server.Figures;
import io.weft.server.JobEvent.RoundFinished;
import io.weft.simulate.ProcessMemory;
import io.weft.simulate.RunPlan;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a run takes: planned, or measured.
 *
 * @param bytesUp of a round
 * @param bytesDown of a round
 * @param roundSeconds of a round
 * @param seconds of the whole run
 * @param memory the most of the process in bytes, where the platform tells
 */
record RunCost(long bytesUp, long bytesDown, double roundSeconds, double seconds, OptionalLong memory) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static RunCost of(RunPlan plan) {
        return new RunCost(plan.bytesUp(), plan.bytesDown(), plan.roundSeconds(), plan.seconds(), plan.memory());
    }

    /** What a run took; a round is the mean of its rounds. */
    static Optional<RunCost> of(SimulationResult result, Standing standing) {
        Collection<RoundFinished> rounds = standing.finished().values();
        if (rounds.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new RunCost(
                rounds.stream().mapToLong(RoundFinished::bytesUp).sum() / rounds.size(),
                rounds.stream().mapToLong(RoundFinished::bytesDown).sum() / rounds.size(),
                rounds.stream().mapToDouble(RoundFinished::seconds).sum() / rounds.size(),
                result.summary().seconds(),
                ProcessMemory.peak()));
    }

    /** What was planned for exactly this request, if anything was. */
    static Optional<RunCost> planned(SimulationRequest request) throws IOException {
        Path file = file(request);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        JsonNode kept = JSON.readTree(file.toFile());
        return Optional.of(new RunCost(
                kept.path("bytesUp").asLong(),
                kept.path("bytesDown").asLong(),
                kept.path("roundSeconds").asDouble(),
                kept.path("seconds").asDouble(),
                kept.has("memory") ? OptionalLong.of(kept.get("memory").asLong()) : OptionalLong.empty()));
    }

    /** Keeps it as what is planned for this request. */
    void keep(SimulationRequest request) throws IOException {
        Path file = file(request);
        Files.createDirectories(file.getParent());
        Durable.write(file, (json() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Beside what was planned, a line each. */
    List<String> comparedWith(RunCost planned) {
        return Table.aligned(
                List.of(List.of("", "a round", "up", "down", "in all", "memory"), planned.row("planned"), row("was")),
                column -> column == 0);
    }

    private List<String> row(String name) {
        return List.of(
                name,
                Figures.duration(roundSeconds),
                Figures.bytes(bytesUp),
                Figures.bytes(bytesDown),
                Figures.duration(seconds),
                memory.isPresent() ? Figures.bytes(memory.getAsLong()) : "–");
    }

    ObjectNode json() {
        ObjectNode object = JSON.createObjectNode()
                .put("bytesUp", bytesUp)
                .put("bytesDown", bytesDown)
                .put("roundSeconds", roundSeconds)
                .put("seconds", seconds);
        memory.ifPresent(bytes -> object.put("memory", bytes));
        return object;
    }

    /** Another text of the job, other sites or other flags have a plan of their own. */
    private static Path file(SimulationRequest request) {
        String key = String.join(
                "\n",
                request.jobFile().toAbsolutePath().normalize().toString(),
                place(request.sites()),
                request.parallel().toString(),
                request.job().text());
        return request.home()
                .resolve("data")
                .resolve("plans")
                .resolve(Digests.of(key.getBytes(StandardCharsets.UTF_8)) + ".json");
    }

    private static String place(SiteData sites) {
        if (sites instanceof SiteData.Folders folders) {
            return absolute(folders.folder());
        } else if (sites instanceof SiteData.Alone alone) {
            return absolute(alone.folder()) + " " + alone.site();
        }
        SiteData.Split split = (SiteData.Split) sites;
        return absolute(split.file()) + " " + split.sites() + " " + split.alpha();
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
