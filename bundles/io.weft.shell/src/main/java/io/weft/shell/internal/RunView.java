package io.weft.shell.internal;

import io.weft.server.JobEvent;
import io.weft.simulate.SimulationResult;

/** Shows a run while it goes on, and how it ended. */
interface RunView {

    /** Shows an event; {@code standing} has it already. */
    void happened(JobEvent event, Standing standing, double now);

    /** Says something that did not happen in the run, such as that its server is out of sight. */
    void says(String line);

    /** Nothing moves any more; what was redrawn in place is taken away. */
    void stopped();

    /** Shows the end. */
    void ended(SimulationResult result, Standing standing);
}
