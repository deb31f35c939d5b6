package io.weft.site.policy;

import java.time.Instant;

/**
 * A job that waits for a person at this site.
 *
 * @param submitter who submitted it, as a person reads it
 * @param jobFile the text of the job file, which is what is approved
 * @param reason why it waits
 * @param since when it was first asked for
 */
public record PendingJob(String id, String submitter, String jobFile, String reason, Instant since) {}
