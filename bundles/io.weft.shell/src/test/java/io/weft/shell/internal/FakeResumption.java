package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.server.JobObserver;
import io.weft.server.JobState;
import io.weft.simulate.Resumption;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.StoredRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Knows some runs, and finishes those that it is asked to resume. */
final class FakeResumption implements Resumption {

    private final Map<String, StoredRun> stored = new TreeMap<>();
    private final List<StoredRun> resumed = new ArrayList<>();

    /** Lets it know a run under a name. */
    void know(String name, StoredRun run) {
        stored.put(name, run);
    }

    /** What it was asked to resume, in order. */
    List<StoredRun> resumed() {
        return resumed;
    }

    @Override
    public StoredRun find(String run, Path home) {
        return Optional.ofNullable(stored.get(run)).orElseThrow(() -> new Refusal("there is no run '" + run + "'"));
    }

    @Override
    public SimulationResult resume(StoredRun run, JobObserver observer) {
        resumed.add(run);
        if (run.state() != JobState.FINISHED) {
            Runs.resumed().forEach(observer::happened);
        }
        return new SimulationResult(
                Runs.result(JobState.FINISHED, Optional.empty()).summary(),
                Optional.empty(),
                run.folder(),
                Optional.of(run.folder().resolve("base")));
    }
}
