package io.weft.server;

/** Watches a job. Called from the job's threads, one call at a time; returns soon. */
@FunctionalInterface
public interface JobObserver {

    void happened(JobEvent event);
}
