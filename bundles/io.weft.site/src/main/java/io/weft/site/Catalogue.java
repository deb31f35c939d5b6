package io.weft.site;

import io.weft.job.Job;
import io.weft.models.SharedModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a site has: jobs name bases and datasets, and only the site knows where they lie. */
public interface Catalogue {

    /**
     * The folder of the job's base; empty when the site has none, and the job either needs none or may bring one along.
     *
     * @throws io.weft.api.plugin.Refusal when the site does not have the base that it needs
     */
    Optional<Path> base(Job job);

    /**
     * Whether the job's base has no place here, so that another's may take it.
     *
     * @throws io.weft.api.plugin.Refusal when it has one and is not there
     */
    default boolean lacksBase(Job job) {
        return false;
    }

    /** Where bases lie that a server shares; empty where none are taken in. */
    default Optional<SharedModels> sharedModels() {
        return Optional.empty();
    }

    /** What results call the job's base; empty for the path of its folder. */
    default Optional<String> baseName(Job job) {
        return Optional.empty();
    }

    /** The files of a dataset; empty when the site has none of that name. */
    Optional<List<Path>> dataset(String name);

    /** The template of a dataset's records, for jobs that name none; empty for records as they are. */
    default Optional<String> template(String dataset) {
        return Optional.empty();
    }

    /** The folder of the site's own data, for programs of jobs; empty when there is none. */
    default Optional<Path> folder() {
        return Optional.empty();
    }

    /** A text for the server, without where things lie at this site: of a path there remains what the server may read. */
    default String withoutPaths(String text) {
        return text;
    }

    /** The names of all datasets. */
    List<String> datasets();
}
