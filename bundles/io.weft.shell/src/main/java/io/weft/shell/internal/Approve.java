package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.launch.Command;
import io.weft.site.policy.Approvals;
import io.weft.site.policy.PendingJob;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft approve}: a person's word on a job that waits for it at this site. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=approve"})
public final class Approve implements ShellCommand {

    private static final String ID = "ID";
    private static final String SHOW = "--show";
    private static final String REFUSE = "--refuse";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "approve",
            "Lets a job run at this site whose policy wants a person's word, or lists those that wait.",
            Optional.of(ID),
            false,
            List.of(
                    Flag.alone(SHOW, "prints the job file of ID and decides nothing"),
                    Flag.alone(REFUSE, "says no to ID"),
                    Flag.alone(JSON, "prints one JSON object a job")),
            List.of(
                    "Which jobs wait is said by approval in the home's conf/policy.yaml. Approved is the job file as --show prints it: a"
                            + " job of the same id with another file is asked for anew.",
                    "A running site is told at once. Exit code: 0 done, 2 refused: no such job waits here."),
            List.of("weft approve", "weft approve clinics-7f3a --show", "weft approve clinics-7f3a"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Approvals approvals;

    @Activate
    public Approve(@Reference Approvals approvals) {
        this.approvals = approvals;
    }

    /** The Gogo command. */
    public void approve(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public boolean isOfTheRuntime() {
        return true;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        if (arguments.has(SHOW) && arguments.has(REFUSE)) {
            throw arguments.refused(SHOW + " decides nothing; leave out it or " + REFUSE);
        }
        Optional<String> id = arguments.operand();
        if (id.isEmpty()) {
            if (arguments.has(SHOW) || arguments.has(REFUSE)) {
                throw arguments.refused("say which job: give its " + ID);
            }
            list(approvals.pending(), arguments.has(JSON), screen);
        } else if (arguments.has(SHOW)) {
            screen.out().print(waiting(id.get()).jobFile());
        } else {
            PendingJob decided = approvals.decide(id.get(), !arguments.has(REFUSE));
            screen.out()
                    .println("job '" + decided.id() + "' of " + decided.submitter() + " is "
                            + (arguments.has(REFUSE) ? "refused" : "approved") + " at this site");
        }
        return Command.DONE;
    }

    private PendingJob waiting(String id) throws IOException {
        List<PendingJob> pending = approvals.pending();
        List<String> ids = pending.stream().map(PendingJob::id).toList();
        return pending.stream()
                .filter(job -> job.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new Refusal("no job '" + id + "' waits here" + Nearest.hint(id, ids) + " (waiting: "
                        + (ids.isEmpty() ? "none" : String.join(", ", ids)) + ")"));
    }

    private static void list(List<PendingJob> pending, boolean json, Screen screen) {
        if (json) {
            pending.forEach(job -> screen.out()
                    .println(MAPPER.createObjectNode()
                            .put("job", job.id())
                            .put("submitter", job.submitter())
                            .put("since", job.since().toString())
                            .put("reason", job.reason())));
            return;
        }
        if (pending.isEmpty()) {
            screen.err().println("no job waits here");
            return;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("job", "submitter", "since", "reason"));
        pending.forEach(job -> rows.add(List.of(
                job.id(),
                job.submitter(),
                job.since().truncatedTo(ChronoUnit.SECONDS).toString(),
                job.reason())));
        Table.leftAligned(rows).forEach(screen.out()::println);
    }
}
