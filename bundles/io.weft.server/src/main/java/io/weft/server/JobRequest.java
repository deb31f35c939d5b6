package io.weft.server;

import io.weft.job.Job;
import java.nio.file.Path;
import java.util.List;

/**
 * A job to run.
 *
 * @param id the job's id, unique at this server
 * @param jobFileName how errors name the job file
 * @param folder the job's folder, which exists and is empty
 * @param sites the sites that take part
 */
public record JobRequest(String id, Job job, String jobFileName, Path folder, List<String> sites) {

    public JobRequest {
        sites = sites.stream().sorted().toList();
    }
}
