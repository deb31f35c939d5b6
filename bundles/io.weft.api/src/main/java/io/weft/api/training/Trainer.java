package io.weft.api.training;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** Runs a site's tasks: with DJL in this JVM, in the user's own program, or in an inner federation. */
@ConsumerType
public interface Trainer extends Plugin {

    /**
     * Makes what one job needs at one site.
     *
     * @throws io.weft.api.plugin.Refusal when the site cannot take part; the message says why and what to do
     */
    Training open(JobContext job, TrainingSetup setup) throws IOException;
}
