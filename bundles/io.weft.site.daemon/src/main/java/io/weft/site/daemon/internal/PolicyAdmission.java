package io.weft.site.daemon.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.job.Job;
import io.weft.job.Section;
import io.weft.site.Admission;
import io.weft.site.policy.Approvals;
import io.weft.site.policy.Approvals.Decision;
import io.weft.site.policy.SitePolicy;
import io.weft.site.policy.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Holds each job against the home's policy as it is then, and waits for a person's approval where that asks for one. */
final class PolicyAdmission implements Admission {

    private final Path home;
    private final Approvals approvals;
    private final Consumer<String> log;

    /** @param log takes what was decided, a line a job */
    PolicyAdmission(Path home, Approvals approvals, Consumer<String> log) {
        this.home = home;
        this.approvals = approvals;
        this.log = log;
    }

    @Override
    public void admit(Message.Prepare asked, Job job, Consumer<String> waits, Cancellation cancellation)
            throws IOException, InterruptedException {
        try {
            Identity submitter = submitter(asked.submitter());
            decide(asked, job, submitter, waits, cancellation);
            log.accept("job " + asked.job() + " of " + submitter + " may run here");
        } catch (Refusal e) {
            log.accept("job " + asked.job() + " may not run here: " + e.getMessage());
            throw e;
        }
    }

    private void decide(
            Message.Prepare asked, Job job, Identity submitter, Consumer<String> waits, Cancellation cancellation)
            throws IOException, InterruptedException {
        Verdict verdict = SitePolicy.of(home).decide(job, submitter);
        if (verdict instanceof Verdict.Refused refused) {
            throw new Refusal(refused.reason());
        }
        if (verdict instanceof Verdict.NeedsApproval needed) {
            awaitApproval(asked, submitter, needed.reason(), waits, cancellation);
        }
    }

    @Override
    public Optional<String> objectionToSharedModels() {
        return SitePolicy.of(home).objectionToSharedModels();
    }

    @Override
    public List<Section> appliedFilters() {
        return SitePolicy.of(home).appliedFilters();
    }

    private static Identity submitter(Message.Submitter submitter) {
        Role role = Role.of(submitter.role())
                .orElseThrow(() -> new Refusal("the server does not say who handed the job in, and as what"));
        return Identity.admin(submitter.name(), submitter.organisation(), role);
    }

    private void awaitApproval(
            Message.Prepare asked, Identity submitter, String reason, Consumer<String> waits, Cancellation cancellation)
            throws IOException, InterruptedException {
        Object news = new Object();
        try (Cancellation.Registration cancelled = cancellation.onCancel(() -> wake(news));
                Registration decided = registration(approvals.onDecision(() -> wake(news)))) {
            boolean told = false;
            synchronized (news) {
                while (true) {
                    cancellation.check();
                    Decision decision = approvals.decision(asked.job(), asked.jobFile(), submitter.toString(), reason);
                    if (decision == Decision.REFUSED) {
                        throw new Refusal("a person at the site has refused the job");
                    }
                    if (decision == Decision.APPROVED) {
                        break;
                    }
                    if (!told) {
                        waits.accept("it waits for a person's approval there (weft approve " + asked.job() + ")");
                        told = true;
                    }
                    news.wait();
                }
            }
            if (told) {
                waits.accept("");
            }
        }
    }

    private static void wake(Object news) {
        synchronized (news) {
            news.notifyAll();
        }
    }

    /** A registration whose end throws nothing. */
    private interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    private static Registration registration(AutoCloseable listener) {
        return () -> {
            try {
                listener.close();
            } catch (Exception e) {
                throw new IllegalStateException("a listener cannot be taken away", e);
            }
        };
    }
}
