package io.weft.server.daemon.internal;

import io.weft.identity.Identity;
import io.weft.identity.Right;
import io.weft.identity.Rights;
import io.weft.identity.Role;
import io.weft.identity.Target;
import io.weft.job.Job;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * Who asks something of the server, and what that one may.
 *
 * @param certificate what proved it; empty for who has the server's machine
 */
record Requester(Identity identity, Optional<X509Certificate> certificate) {

    /** Whoever has the machine that the server runs on may all. */
    static Requester ofThisMachine(String project) {
        return new Requester(Identity.admin("operator", project, Role.PROJECT_ADMIN), Optional.empty());
    }

    void mayView() {
        Rights.check(identity, Right.VIEW, new Target.Whole());
    }

    void maySubmit(Job job) {
        Rights.check(identity, Right.SUBMIT_JOB, new Target.Whole());
        if (job.program().isPresent()) {
            Rights.check(identity, Right.CUSTOM_CODE, new Target.Whole());
        }
    }

    void mayClone(Submission job) {
        Rights.check(identity, Right.CLONE_JOB, target(job));
    }

    void mayManage(Submission job) {
        Rights.check(identity, Right.MANAGE_JOB, target(job));
    }

    void mayDownload(Submission job) {
        Rights.check(identity, Right.DOWNLOAD_JOB, target(job));
    }

    /** With a site, given by its name and organisation. */
    void mayOperate(String site, String organisation) {
        Rights.check(identity, Right.OPERATE, new Target.OfSite(Identity.site(site, organisation)));
    }

    private static Target target(Submission job) {
        return new Target.OfJob(job.job(), job.submitter());
    }
}
