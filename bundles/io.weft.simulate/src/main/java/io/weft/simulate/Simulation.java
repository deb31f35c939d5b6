package io.weft.simulate;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Runs a job from its first round to its result, with all sites in this JVM. */
@ProviderType
public interface Simulation {

    /**
     * Runs a job to its end; an interrupt of the calling thread stops it in good order.
     *
     * @param progress told what happens, in the order in which it happens, one call at a time
     * @throws io.weft.api.plugin.Refusal when the job cannot begin; nothing was written then
     * @throws InterruptedException after an interrupt, when everything is in order
     */
    SimulationResult run(SimulationRequest request, Progress progress) throws IOException, InterruptedException;
}
