package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.exchange.coding.CodedModel;
import io.weft.job.Job;
import io.weft.tensor.DiskFull;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks sites for tasks, and has what they return on disk before anything else is done with it. */
final class SiteTasks {

    private static final int LONGEST_SHOWN = 40;

    private static final Logger LOG = LoggerFactory.getLogger(SiteTasks.class);

    private final String id;
    private final Job job;
    private final Asking asking;
    private final Participants participants;
    private final Models models;
    private final Outgoing outgoing;
    private final Incoming incoming;
    private final Journal journal;
    private final EventLog events;
    private final Standing standing;
    private final Cancellation stopped;
    private final Return back;
    private final Map<String, Integer> kept;
    private final List<LogEntry.Task> known = new ArrayList<>();
    private final Map<String, Message.Pulled> received = new ConcurrentHashMap<>();

    /**
     * @param back for sites whose link breaks
     * @param kept the newest round of which each site keeps plugins' states
     */
    SiteTasks(
            String id,
            Job job,
            Asking asking,
            Participants participants,
            Models models,
            Outgoing outgoing,
            Incoming incoming,
            Journal journal,
            EventLog events,
            Standing standing,
            Return back,
            Map<String, Integer> kept,
            Cancellation stopped) {
        this.id = id;
        this.job = job;
        this.asking = asking;
        this.participants = participants;
        this.models = models;
        this.outgoing = outgoing;
        this.incoming = incoming;
        this.journal = journal;
        this.events = events;
        this.standing = standing;
        this.stopped = stopped;
        this.back = back;
        this.kept = new ConcurrentHashMap<>(kept);
    }

    /** A site did this in an earlier sitting, for the step that is still to be done. */
    void know(LogEntry.Task task) {
        if (task.sent().isEmpty() || incoming.has(task)) {
            known.add(task);
        }
    }

    /** The step that tasks were known for is done. */
    void forget() {
        known.clear();
    }

    /** How many tasks of the step that is next need not be done again. */
    int known() {
        return known.size();
    }

    private Optional<LogEntry.Task> known(Step.Ask ask, String site) {
        return known.stream()
                .filter(task -> task.round() == ask.round()
                        && task.task().equals(ask.task())
                        && task.site().equals(site)
                        && task.model().equals(ask.models().get(site)))
                .findFirst();
    }

    /**
     * What a site returned; its update, if it made one, is on disk unless it came too late.
     *
     * @param update what the site calls its update; empty text when it made none, or has dropped it
     */
    record Returned(Outcome outcome, double seconds, String update) {}

    /**
     * What came of a step; what the sites returned is on disk.
     *
     * @param seconds that each task took at its site
     */
    record Answered(Done done, SortedMap<String, Double> seconds) {}

    /**
     * Asks sites for a step and waits for its quorum. Who fails or is late is on record.
     *
     * @param codings of what crosses the wire
     */
    Answered ask(Step.Ask ask, Codings codings) throws IOException, InterruptedException {
        List<RemoteSite> sites =
                ask.models().keySet().stream().map(participants::site).toList();
        outgoing.close();
        if (codings.down().isPresent()
                && sites.stream().anyMatch(site -> known(ask, site.name()).isEmpty())) {
            outgoing.code(
                    codings.down().get(),
                    ask.round(),
                    new LinkedHashSet<>(ask.models().values()),
                    models.exchanged());
        }
        Asking.Gathered<Returned> gathered =
                asking.ask(sites, ask.quorum(), (site, wanted) -> one(ask, codings, site, wanted), new Watching(ask));
        standing.goesOn();
        SortedMap<String, Outcome> outcomes = new TreeMap<>();
        SortedMap<String, Double> seconds = new TreeMap<>();
        gathered.answers().forEach((site, returned) -> {
            outcomes.put(site, returned.outcome());
            seconds.put(site, returned.seconds());
        });
        SortedMap<String, String> failed = new TreeMap<>(gathered.failed());
        for (String site : gathered.busy()) {
            failed.put(site, "it is still busy with an earlier round");
            failed(ask, site, failed.get(site));
        }
        for (String site : gathered.late()) {
            late(ask, site);
        }
        return new Answered(new Done(ask, outcomes, failed, gathered.late()), seconds);
    }

    private void failed(Step.Ask ask, String site, String reason) throws IOException {
        standing.goesOn(site);
        String full = ask.task().equals(Task.TRAIN) ? reason : ask.task() + ": " + reason;
        events.siteFailed(ask.round(), site, full, Optional.ofNullable(received.remove(site)));
        journal.failed(ask.round(), site, full);
    }

    private void late(Step.Ask ask, String site) throws IOException {
        standing.goesOn(site);
        String reason = (ask.task().equals(Task.TRAIN) ? "" : ask.task() + ": ")
                + "nothing within the deadline"
                + ask.quorum()
                        .deadline()
                        .map(time -> " of " + Spans.shown(time))
                        .orElse("")
                + journal.progress(ask.round(), site)
                        .map(progress -> "; it was at " + progress)
                        .orElse("; it has told no progress");
        events.late(ask.round(), site, reason, Map.of(), Optional.empty());
        journal.late(ask.round(), site, reason, Map.of());
    }

    /** What becomes of a step's question. */
    private final class Watching implements Asking.Watch<Returned> {

        private final Step.Ask ask;

        Watching(Step.Ask ask) {
            this.ask = ask;
        }

        @Override
        public void failed(String site, String reason) throws IOException {
            SiteTasks.this.failed(ask, site, reason);
        }

        @Override
        public void overdue(int answers, List<String> missing) throws IOException {
            standing.waits("round " + ask.round() + " has " + answers + " of the "
                    + ask.quorum().min() + " answers that it needs, and its deadline is over; still asked: "
                    + String.join(", ", missing));
        }

        /** Records what the update would have been, and drops it. */
        @Override
        public void late(RemoteSite site, Returned returned) throws IOException, InterruptedException {
            Map<String, Object> values = new LinkedHashMap<>();
            if (!returned.update().isEmpty()) {
                values.put(
                        "bytes",
                        models.exchanged().stream().mapToLong(TensorSpec::bytes).sum());
            }
            values.putAll(Steps.describe(returned.outcome()));
            values.put("seconds", returned.seconds());
            String reason = "it came when the round had ended, and is not used";
            events.late(ask.round(), site.name(), reason, values, Optional.ofNullable(received.remove(site.name())));
            journal.late(ask.round(), site.name(), reason, values);
            if (!returned.update().isEmpty()) {
                incoming.drop(ask.round(), site.name());
                release(site, returned.update());
            }
        }
    }

    /** A site whose link breaks does its task again when it is back. */
    private Returned one(Step.Ask ask, Codings codings, RemoteSite site, Wanted wanted)
            throws IOException, InterruptedException {
        Optional<LogEntry.Task> earlier = known(ask, site.name());
        if (earlier.isPresent()) {
            return new Returned(earlier.get().outcome(), earlier.get().seconds(), "");
        }
        while (true) {
            try {
                return attempt(ask, codings, site, wanted);
            } catch (SiteGone e) {
                comeBack(ask, site, e, wanted);
            }
        }
    }

    private void comeBack(Step.Ask ask, RemoteSite site, SiteGone gone, Wanted wanted)
            throws IOException, InterruptedException {
        if (!site.mayReturn()) {
            throw gone;
        }
        standing.waits(site.name(), "it is gone; the job goes on when it is back");
        try {
            Message.Prepared prepared =
                    back.again(site, gone, kept.getOrDefault(site.name(), 0), models.wire(), wanted);
            for (Message.WireLease lease : prepared.leases()) {
                events.lease(ask.round(), site.name(), lease);
            }
            journal.noted(site.name(), prepared.notes());
        } finally {
            standing.goesOn(site.name());
        }
    }

    private Returned attempt(Step.Ask ask, Codings codings, RemoteSite site, Wanted wanted)
            throws IOException, InterruptedException {
        ModelRef model = ask.models().get(site.name());
        Optional<CodedModel> coded = outgoing.of(model);
        String resource = ask.task().equals(Task.SUBMIT_MODEL)
                ? ""
                : id + "/" + (coded.isPresent() ? Outgoing.PREFIX : "") + model.id();
        Message.TaskDone done = site.ask(
                new Message.RunTask(
                        id,
                        ask.round(),
                        job.workflow().rounds(),
                        ask.task(),
                        new TreeMap<>(),
                        resource,
                        coded.map(CodedModel::coded).orElse(Message.Coded.NOT)),
                Message.TaskDone.class,
                wanted);
        for (Message.WireLease lease : done.leases()) {
            events.lease(ask.round(), site.name(), lease);
        }
        journal.noted(site.name(), done.notes());
        Outcome outcome = counted(done);
        checkIsOf(ask, done);
        journal.done(ask.round(), site.name(), ask.task(), outcome, done.seconds());
        Message.Pulled down = coded.map(sentCoded -> received(done.received(), sentCoded.coded()))
                .orElse(done.received());
        // An answer that is given again, because its update did not come, tells of the same transfer.
        if (!resource.isEmpty() && !down.equals(received.put(site.name(), down))) {
            journal.transferred(ask.round(), site.name(), false, down);
        }
        Optional<Incoming.Fetched> sent = Optional.empty();
        if (!done.update().isEmpty() && wanted.isOfUse()) {
            sent = fetch(ask, codings, site, done, wanted);
        }
        if (done.update().isEmpty() || sent.isPresent()) {
            LogEntry.Task task = new LogEntry.Task(
                    ask.round(),
                    ask.task(),
                    site.name(),
                    model,
                    outcome,
                    done.seconds(),
                    down,
                    sent.map(Incoming.Fetched::pulled),
                    done.keeps(),
                    sent.map(Incoming.Fetched::digest),
                    sent.map(Incoming.Fetched::facts).orElseGet(TreeMap::new));
            events.append(LogEntry.Task.EVENT, task.describe());
            if (done.keeps()) {
                kept.put(site.name(), ask.round());
            }
            received.remove(site.name());
        }
        if (sent.isPresent()) {
            journal.transferred(ask.round(), site.name(), true, sent.get().pulled());
            release(site, done.update());
        }
        return new Returned(outcome, done.seconds(), done.update());
    }

    /** What the site does not know of how the model was coded. */
    private static Message.Pulled received(Message.Pulled pulled, Message.Coded coded) {
        return pulled.decodedTo(pulled.logicalBytes(), coded, pulled.decodeSeconds());
    }

    /** Weights are made of these numbers. */
    private static Outcome counted(Message.TaskDone done) {
        if (done.steps() < 0 || done.samples() < 0 || done.tokens() < 0) {
            throw new Refusal("its update counts " + done.steps() + " steps, " + done.samples() + " samples and "
                    + done.tokens() + " tokens; none of them may be below 0");
        }
        return done.outcome();
    }

    /** What a site made in another round, or nothing at all, is no answer to this one. */
    private static void checkIsOf(Step.Ask ask, Message.TaskDone done) {
        String wanted =
                switch (ask.task()) {
                    case Task.TRAIN -> Message.TaskDone.updateOf(ask.round());
                    case Task.SUBMIT_MODEL -> Message.TaskDone.INITIAL;
                    default -> "";
                };
        if (!done.update().equals(wanted)) {
            throw new Refusal("it answered the task '" + ask.task() + "' with " + named(done.update()) + ", and "
                    + named(wanted) + " belongs to that");
        }
    }

    private static String named(String update) {
        return update.isEmpty() ? "no update" : "the update '" + shortened(update) + "'";
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
    }

    /** How the update came; empty when nobody wants it any more. */
    private Optional<Incoming.Fetched> fetch(
            Step.Ask ask, Codings codings, RemoteSite site, Message.TaskDone done, Wanted wanted)
            throws IOException, InterruptedException {
        try {
            return Optional.of(
                    wanted.whileOfUse(cancellation -> incoming.fetch(ask, codings.up(), site, done, cancellation)));
        } catch (CancellationException e) {
            if (wanted.isOfUse()) {
                throw e;
            }
            return Optional.empty();
        } catch (DiskFull e) {
            throw e; // the job waits for room, and then asks for the same update
        } catch (IOException | RuntimeException e) {
            release(site, done.update());
            throw e;
        }
    }

    /** The site may drop its update; one that is gone has. */
    private void release(RemoteSite site, String update) throws InterruptedException {
        try {
            site.ask(new Message.Release(id, update), Message.Accepted.class, stopped);
        } catch (IOException | RuntimeException e) {
            LOG.debug("site {} was not told to drop {}", site.name(), update, e);
        }
    }
}
