package io.weft.site;

import io.weft.job.ProgramSettings;
import java.util.Optional;

/** Which programs of jobs a site runs. They do at the site what its user may, so a site runs none that it did not agree to. */
@FunctionalInterface
public interface ProgramPolicy {

    /** Runs whatever a job brings: for simulations, where job and sites are one person's. */
    ProgramPolicy ANY = program -> Optional.empty();

    /** Runs nothing that a job brings. */
    ProgramPolicy NONE = program -> Optional.of("this site runs no programs of jobs");

    /** Why a program does not run here, and what to do, in one sentence; empty when it may run. */
    Optional<String> objection(ProgramSettings program);
}
