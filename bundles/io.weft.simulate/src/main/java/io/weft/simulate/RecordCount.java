package io.weft.simulate;

import io.weft.job.Job;
import java.io.IOException;
import java.nio.file.Path;

/** Counts what a job finds in a file of records; lines that are none do not count. */
@FunctionalInterface
public interface RecordCount {

    /**
     * Gives how many there are.
     *
     * @param job as it is at the site that has the file
     * @throws io.weft.api.plugin.Refusal when there is no record in it
     */
    long records(Job job, Path file) throws IOException;
}
