package io.weft.shell.internal;

import io.weft.server.JobEvent;
import io.weft.simulate.SimulationResult;

/** Shows a run while it goes on, and how it ended. */
interface RunView {

    /** Shows an event; {@code standing} has it already. */
    void happened(JobEvent event, Standing standing, double now);

    /** Nothing moves any more; what was redrawn in place is taken away. */
    void stopped();

    /** Shows the end. */
    void ended(SimulationResult result, Standing standing);
}
