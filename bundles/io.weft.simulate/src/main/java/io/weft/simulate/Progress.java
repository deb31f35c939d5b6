package io.weft.simulate;

import org.osgi.annotation.versioning.ConsumerType;

/** Is told what happens in a simulation. */
@ConsumerType
@FunctionalInterface
public interface Progress {

    /** Must return quickly: what happens waits for it. */
    void happened(SimulationEvent event);
}
