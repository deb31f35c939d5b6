package io.weft.simulate;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/** Says what a job will take before it runs. */
@ProviderType
public interface Planner {

    /**
     * Runs two short rounds of the job with a few records of two of its sites, and scales what they took to the whole.
     *
     * @param request as for the simulation; {@code out} is not used
     * @param count counts the records that the job's trainer reads
     * @throws io.weft.api.plugin.Refusal when the job could not begin
     * @throws IOException when the short rounds failed
     * @throws InterruptedException when the calling thread was interrupted; everything is cleared away
     */
    RunPlan plan(SimulationRequest request, RecordCount count) throws IOException, InterruptedException;
}
