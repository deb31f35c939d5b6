package io.weft.identity;

/** What an admin wants to do something with. */
public sealed interface Target {

    /** The project as a whole, or something new in it. */
    record Whole() implements Target {}

    /**
     * A job.
     *
     * @param submitter who submitted it
     */
    record OfJob(String id, Identity submitter) implements Target {}

    /** A site. */
    record OfSite(Identity site) implements Target {}
}
