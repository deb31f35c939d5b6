package io.weft.server;

import io.weft.exchange.Message;
import io.weft.job.Job;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A job to run.
 *
 * @param id the job's id, unique at this server
 * @param jobFileName how errors name the job file
 * @param folder the job's folder, which the caller {@linkplain JobLock holds}; of a job that begins, nothing else is in it
 * @param sites the sites that take part
 * @param origin what whoever began the job wants to know when it is resumed; {@link StoredJob} gives it back
 * @param resumes whether the job goes on where its folder says that it was
 * @param carried what comes with it
 * @param submitter who handed it in
 */
public record JobRequest(
        String id,
        Job job,
        String jobFileName,
        Path folder,
        List<String> sites,
        SortedMap<String, String> origin,
        boolean resumes,
        Carried carried,
        Message.Submitter submitter) {

    /**
     * What a job brings along.
     *
     * @param model its first model, where it has one: a safetensors file with what the sites exchange
     * @param files for the sites, by their paths beside the job file
     * @param bases the server's own, for a job that shares its base
     */
    public record Carried(Optional<Path> model, SortedMap<String, Path> files, SharedBases bases) {

        public static final Carried NOTHING = new Carried(Optional.empty(), Collections.emptySortedMap());

        /** Without bases of the server's. */
        public Carried(Optional<Path> model, SortedMap<String, Path> files) {
            this(model, files, SharedBases.NONE);
        }

        public Carried {
            files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        }
    }

    /** A job that brings nothing along. */
    public JobRequest(
            String id,
            Job job,
            String jobFileName,
            Path folder,
            List<String> sites,
            SortedMap<String, String> origin,
            boolean resumes) {
        this(id, job, jobFileName, folder, sites, origin, resumes, Carried.NOTHING);
    }

    /** A job that nobody handed in: whoever runs it runs its sites, too. */
    public JobRequest(
            String id,
            Job job,
            String jobFileName,
            Path folder,
            List<String> sites,
            SortedMap<String, String> origin,
            boolean resumes,
            Carried carried) {
        this(id, job, jobFileName, folder, sites, origin, resumes, carried, Message.Submitter.NOBODY);
    }

    public JobRequest {
        sites = sites.stream().sorted().toList();
        origin = Collections.unmodifiableSortedMap(new TreeMap<>(origin));
    }
}
