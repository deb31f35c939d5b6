package io.weft.site.policy;

/** What a site's policy says to a job. */
public sealed interface Verdict {

    /** The job may run. */
    record Accepted() implements Verdict {}

    /**
     * It may not.
     *
     * @param reason in one line, with the line of the policy
     */
    record Refused(String reason) implements Verdict {}

    /**
     * It may when a person at the site has said so.
     *
     * @param reason in one line, with the line of the policy
     */
    record NeedsApproval(String reason) implements Verdict {}
}
