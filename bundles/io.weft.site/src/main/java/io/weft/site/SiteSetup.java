package io.weft.site;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;

/**
 * What makes a site.
 *
 * @param work the folder for what it keeps while jobs run: a folder for each job
 * @param slots shared by all sites of a process
 * @param patience how long leaving waits for a task that does not stop
 * @param programs the folder in which the program of a job, given by its id, works and leaves what it wrote
 * @param policy which programs of jobs run here
 * @param admission decides which jobs may run
 * @param waitsForRoom whether a task that finds the disk full waits for room; it fails otherwise
 */
public record SiteSetup(
        String name,
        Path work,
        Catalogue catalogue,
        ComputeSlots slots,
        Duration patience,
        Function<String, Path> programs,
        ProgramPolicy policy,
        Admission admission,
        boolean waitsForRoom) {

    /** A site for one job, of whoever has the site. */
    public SiteSetup(
            String name,
            Path work,
            Catalogue catalogue,
            ComputeSlots slots,
            Duration patience,
            Path programs,
            ProgramPolicy policy) {
        this(name, work, catalogue, slots, patience, job -> programs, policy, Admission.OF_ALL, false);
    }

    /** A site that runs no programs of jobs. */
    public SiteSetup(
            String name, Path work, Catalogue catalogue, ComputeSlots slots, Duration patience, Path programs) {
        this(name, work, catalogue, slots, patience, programs, ProgramPolicy.NONE);
    }
}
