package io.weft.api.tracking;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/** Puts a job's metrics where people look at them: event files, a database, an experiment server. */
@ConsumerType
public interface Tracker extends Plugin {

    /**
     * Opens what receives the metrics of one round.
     *
     * <p>It is opened again for each round, and for a round that is repeated after a crash, and goes on where the last one ended.
     *
     * @param folder this tracker's own place in the job's folder, for what it keeps in files; it is made by who writes there first
     */
    Tracking open(JobContext job, Path folder) throws IOException;
}
