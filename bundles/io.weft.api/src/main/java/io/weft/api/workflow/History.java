package io.weft.api.workflow;

import java.util.List;
import java.util.Optional;

/**
 * All that a job has done, and what its job file asks of the steps to come.
 *
 * @param done in order
 * @param sites the job's sites by name, those that may be asked
 * @param quorum how many of them a round needs, and how long it waits for the others
 * @param enough why the job is to end before its last round; empty while it is to go on
 */
public record History(List<Done> done, List<String> sites, Quorum quorum, Optional<String> enough) {

    public History {
        done = List.copyOf(done);
        sites = List.copyOf(sites);
    }

    /** The history of a job whose rounds need every site. */
    public History(List<Done> done, List<String> sites) {
        this(done, sites, new Quorum(sites.size(), Optional.empty()), Optional.empty());
    }
}
