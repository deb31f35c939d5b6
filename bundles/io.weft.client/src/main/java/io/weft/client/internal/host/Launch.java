package io.weft.client.internal.host;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/** Starts the program of a job at a site. */
@FunctionalInterface
interface Launch {

    /**
     * Starts it.
     *
     * @param welcome what it is told when it joins
     * @param reports takes what it says beside its answers; called from a thread of its own
     */
    RunningProgram start(Map<String, Object> welcome, Consumer<Map<String, Object>> reports) throws IOException;
}
