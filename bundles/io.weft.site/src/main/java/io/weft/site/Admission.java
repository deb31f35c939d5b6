package io.weft.site;

import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.job.Section;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Decides whether a job may run at a site, before anything of it is opened. */
@FunctionalInterface
public interface Admission {

    /** Every job may run: who simulates runs jobs of their own. */
    Admission OF_ALL = (asked, job, waits, cancellation) -> {};

    /**
     * Returns when the job may run.
     *
     * @param job as this site would run it
     * @param waits is told why the job waits, and with empty text that it goes on
     * @throws io.weft.api.plugin.Refusal when it may not
     */
    void admit(Message.Prepare asked, Job job, Consumer<String> waits, Cancellation cancellation)
            throws IOException, InterruptedException;

    /** What the site does to every update after the job's own filters, in order. */
    default List<Section> appliedFilters() {
        return List.of();
    }

    /** Why a base that the site lacks may not come from the server; empty when it may. */
    default Optional<String> objectionToSharedModels() {
        return Optional.empty();
    }
}
