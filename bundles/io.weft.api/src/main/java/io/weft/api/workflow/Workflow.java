package io.weft.api.workflow;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import org.osgi.annotation.versioning.ConsumerType;

/** The server-side program of a job. It is pure: the same history gives the same step, so resume, swap and test are replay. */
@ConsumerType
public interface Workflow extends Plugin {

    /** What to do next, after all that was done. */
    Step next(JobContext job, History history);
}
