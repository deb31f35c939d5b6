package io.weft.api.workflow;

import java.util.List;

/**
 * All that a job has done.
 *
 * @param done in order
 * @param sites the job's sites by name, those that may be asked
 */
public record History(List<Done> done, List<String> sites) {

    public History {
        done = List.copyOf(done);
        sites = List.copyOf(sites);
    }
}
