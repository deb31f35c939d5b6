package io.weft.identity;

import java.util.Locale;

/** Something that an admin may be allowed to do. */
public enum Right {
    SUBMIT_JOB("submit jobs"),
    CLONE_JOB("submit jobs again as they were"),
    MANAGE_JOB("stop and delete jobs"),
    DOWNLOAD_JOB("fetch the results of jobs"),
    VIEW("see jobs with their logs and records, sites and plugins"),
    OPERATE("take sites out of the project's jobs and back in"),
    SHELL_COMMANDS("run commands of the interactive shell from afar"),
    CUSTOM_CODE("submit jobs that bring a program of their own");

    private final String deed;

    Right(String deed) {
        this.deed = deed;
    }

    /** The word that stands for it, such as {@code submit_job}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What it lets somebody do, after "may". */
    public String deed() {
        return deed;
    }
}
