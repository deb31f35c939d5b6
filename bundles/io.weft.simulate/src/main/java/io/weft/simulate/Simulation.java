package io.weft.simulate;

import io.weft.server.JobObserver;
import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Runs a job from its first round to its result, with all sites in this JVM. */
@ProviderType
public interface Simulation {

    /**
     * Runs a job to its end; an interrupt of the calling thread stops it in good order.
     *
     * @param observer told what happens; {@code Started} is the first event
     * @throws io.weft.api.plugin.Refusal when the job cannot begin; nothing was written then
     * @throws InterruptedException after an interrupt, when everything is in order
     */
    SimulationResult run(SimulationRequest request, JobObserver observer) throws IOException, InterruptedException;
}
