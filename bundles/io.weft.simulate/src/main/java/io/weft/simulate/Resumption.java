package io.weft.simulate;

import io.weft.server.JobObserver;
import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ProviderType;

/** Goes on with runs that were stopped, failed or killed. */
@ProviderType
public interface Resumption {
    /**
     * Finds a run that has begun.
     *
     * @param run its id, or its folder
     * @throws io.weft.api.plugin.Refusal when there is none, which lists those there are, or when what it has on disk was changed
     */
    StoredRun find(String run, Path home) throws IOException;

    /**
     * Goes on with a run where it was, to the same bytes as if nothing had happened. A finished one is left as it is.
     *
     * @param observer told what happens from now on; {@code Started} is the first event, {@code Resumed} the second
     * @throws io.weft.api.plugin.Refusal when it cannot go on, or another process runs it
     * @throws InterruptedException after an interrupt, when everything is in order
     */
    SimulationResult resume(StoredRun run, JobObserver observer) throws IOException, InterruptedException;
}
