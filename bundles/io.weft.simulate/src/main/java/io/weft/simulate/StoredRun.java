package io.weft.simulate;

import io.weft.api.plugin.Refusal;
import io.weft.server.JobState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A run that has begun, in whatever process.
 *
 * @param folder the run's folder
 * @param request what was asked for when it began
 * @param sites by name
 * @param state the last that was recorded; a killed process leaves {@code RUNNING} or {@code WAITING}
 */
public record StoredRun(String id, Path folder, SimulationRequest request, List<String> sites, JobState state) {

    public StoredRun {
        sites = List.copyOf(sites);
    }

    /** The same run with another number of sites that work at a time, where one is given; that changes no byte. */
    public StoredRun with(OptionalInt parallel) {
        SimulationRequest again = new SimulationRequest(
                request.job(),
                request.jobFile(),
                request.sites(),
                request.out(),
                request.home(),
                parallel.isPresent() ? parallel : request.parallel());
        return new StoredRun(id, folder, again, sites, state);
    }

    /**
     * Checks that a job file is the one that the run began with.
     *
     * @param name how the error calls the file
     * @throws Refusal with the first line that differs
     */
    public void checkSame(String text, String name) {
        List<String> before = request.job().text().lines().toList();
        List<String> now = text.lines().toList();
        for (int i = 0; i < Math.max(before.size(), now.size()); i++) {
            Optional<String> was = i < before.size() ? Optional.of(before.get(i)) : Optional.empty();
            Optional<String> is = i < now.size() ? Optional.of(now.get(i)) : Optional.empty();
            if (!was.equals(is)) {
                throw new Refusal(name + ":" + (i + 1) + ": this line is " + quoted(is) + ", and was " + quoted(was)
                        + " when run " + id + " began; put it back, or start a new run");
            }
        }
    }

    private static String quoted(Optional<String> line) {
        return line.map(text -> "'" + text + "'").orElse("absent");
    }
}
