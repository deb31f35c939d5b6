package io.weft.site;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What makes a site.
 *
 * @param work the folder for what it keeps while jobs run: a folder for each job
 * @param slots shared by all sites of a process
 * @param patience how long leaving waits for a task that does not stop
 * @param programs the folder in which programs of jobs work, and leave what they wrote
 * @param policy which of them run here
 */
public record SiteSetup(
        String name,
        Path work,
        Catalogue catalogue,
        ComputeSlots slots,
        Duration patience,
        Path programs,
        ProgramPolicy policy) {

    /** A site that runs no programs of jobs. */
    public SiteSetup(
            String name, Path work, Catalogue catalogue, ComputeSlots slots, Duration patience, Path programs) {
        this(name, work, catalogue, slots, patience, programs, ProgramPolicy.NONE);
    }
}
