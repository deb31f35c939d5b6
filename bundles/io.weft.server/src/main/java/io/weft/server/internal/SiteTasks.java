package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import io.weft.job.Job;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks sites for tasks and puts what they return on disk before anything else is done with it. */
final class SiteTasks {

    private static final Logger LOG = LoggerFactory.getLogger(SiteTasks.class);

    private final String id;
    private final Job job;
    private final Asking asking;
    private final Participants participants;
    private final Models models;
    private final JobFolder folder;
    private final Journal journal;
    private final EventLog events;
    private final Standing standing;
    private final Cancellation stopped;

    SiteTasks(
            String id,
            Job job,
            Asking asking,
            Participants participants,
            Models models,
            JobFolder folder,
            Journal journal,
            EventLog events,
            Standing standing,
            Cancellation stopped) {
        this.id = id;
        this.job = job;
        this.asking = asking;
        this.participants = participants;
        this.models = models;
        this.folder = folder;
        this.journal = journal;
        this.events = events;
        this.standing = standing;
        this.stopped = stopped;
    }

    /** What a site returned; its update, if it made one, is on disk unless it came too late. */
    record Returned(Message.TaskDone done, Outcome outcome) {}

    /**
     * What came of a step; what the sites returned is on disk.
     *
     * @param seconds that each task took at its site
     */
    record Answered(Done done, SortedMap<String, Double> seconds) {}

    /** Asks sites for a step and waits for its quorum. Who fails or is late is on record. */
    Answered ask(Step.Ask ask) throws IOException, InterruptedException {
        List<RemoteSite> sites =
                ask.models().keySet().stream().map(participants::site).toList();
        Asking.Gathered<Returned> gathered =
                asking.ask(sites, ask.quorum(), (site, wanted) -> one(ask, site, wanted), new Watching(ask));
        standing.goesOn();
        SortedMap<String, Outcome> outcomes = new TreeMap<>();
        SortedMap<String, Double> seconds = new TreeMap<>();
        gathered.answers().forEach((site, returned) -> {
            outcomes.put(site, returned.outcome());
            seconds.put(site, returned.done().seconds());
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
        events.siteFailed(ask.round(), site, full);
        journal.failed(ask.round(), site, full);
    }

    private void late(Step.Ask ask, String site) throws IOException {
        standing.goesOn(site);
        String reason = "nothing within the deadline"
                + ask.quorum()
                        .deadline()
                        .map(time -> " of " + Spans.shown(time))
                        .orElse("")
                + journal.progress(ask.round(), site)
                        .map(progress -> "; it was at " + progress)
                        .orElse("; it has told no progress");
        events.late(ask.round(), site, Map.of("reason", reason));
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
            Message.TaskDone done = returned.done();
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("reason", "it came when the round had ended, and is not used");
            if (!done.update().isEmpty()) {
                values.put(
                        "bytes",
                        models.exchanged().stream().mapToLong(TensorSpec::bytes).sum());
            }
            values.putAll(Steps.describe(returned.outcome()));
            values.put("seconds", done.seconds());
            events.late(ask.round(), site.name(), values);
            String reason = String.valueOf(values.remove("reason"));
            journal.late(ask.round(), site.name(), reason, values);
            if (!done.update().isEmpty()) {
                Files.deleteIfExists(folder.updateFacts(ask.round(), site.name()));
                Files.deleteIfExists(folder.update(ask.round(), site.name()));
                release(site, done);
            }
        }
    }

    private Returned one(Step.Ask ask, RemoteSite site, Wanted wanted) throws IOException, InterruptedException {
        ModelRef model = ask.models().get(site.name());
        String received = ask.task().equals(Task.SUBMIT_MODEL) ? "" : id + "/" + model.id();
        Message.TaskDone done = site.ask(
                new Message.RunTask(id, ask.round(), job.workflow().rounds(), ask.task(), new TreeMap<>(), received),
                Message.TaskDone.class,
                wanted);
        for (Message.WireLease lease : done.leases()) {
            events.lease(ask.round(), site.name(), lease);
        }
        journal.noted(site.name(), done.notes());
        Outcome outcome = counted(done);
        journal.done(ask.round(), site.name(), ask.task(), outcome, done.seconds());
        if (!received.isEmpty()) {
            journal.transferred(ask.round(), site.name(), false, done.received());
        }
        if (!done.update().isEmpty() && wanted.isOfUse()) {
            fetch(ask, site, model, done, wanted);
        }
        return new Returned(done, outcome);
    }

    /** Weights are made of these numbers. */
    private static Outcome counted(Message.TaskDone done) {
        if (done.steps() < 0 || done.samples() < 0 || done.tokens() < 0) {
            throw new Refusal("its update counts " + done.steps() + " steps, " + done.samples() + " samples and "
                    + done.tokens() + " tokens; none of them may be below 0");
        }
        return done.outcome();
    }

    private void fetch(Step.Ask ask, RemoteSite site, ModelRef model, Message.TaskDone done, Wanted wanted)
            throws IOException, InterruptedException {
        try {
            wanted.whileOfUse(cancellation -> {
                fetch(ask, site, model, done, cancellation);
                return done;
            });
        } catch (CancellationException e) {
            if (wanted.isOfUse()) {
                throw e;
            }
            return;
        } catch (IOException | RuntimeException e) {
            release(site, done);
            throw e;
        }
        release(site, done);
    }

    private void fetch(Step.Ask ask, RemoteSite site, ModelRef model, Message.TaskDone done, Cancellation cancellation)
            throws IOException, InterruptedException {
        boolean first = ask.task().equals(Task.SUBMIT_MODEL);
        Path file = first ? folder.global(Models.round(model)) : folder.update(ask.round(), site.name());
        List<TensorSpec> expected = first ? models.withCompanions() : models.exchanged();
        try (TensorWriter tensors = Safetensors.create(file, models.exchanged());
                Spool spool = new Spool(tensors, folder.companions())) {
            Transfer transfer = new Transfer(id + "/" + done.update(), expected, spool);
            Message.Pulled pulled = site.pull(transfer, cancellation);
            if (first) {
                JobFolder.write(folder.manifest(), models.wire());
            } else {
                JobFolder.write(folder.updateFacts(ask.round(), site.name()), facts(model, done));
            }
            spool.commit();
            journal.transferred(ask.round(), site.name(), true, pulled);
        }
    }

    /** The site may drop its update; one that is gone has. */
    private void release(RemoteSite site, Message.TaskDone done) throws InterruptedException {
        try {
            site.ask(new Message.Release(id, done.update()), Message.Accepted.class, stopped);
        } catch (IOException | RuntimeException e) {
            LOG.debug("site {} was not told to drop {}", site.name(), done.update(), e);
        }
    }

    private static Map<String, Object> facts(ModelRef model, Message.TaskDone done) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", model.id());
        facts.put("send", done.difference() ? "difference" : "weights");
        facts.put("steps", done.steps());
        facts.put("samples", done.samples());
        facts.put("tokens", done.tokens());
        facts.put("metrics", done.metrics());
        facts.put("seconds", done.seconds());
        return facts;
    }

    /** The model that a site's update belongs to, when it is a difference to that. */
    Optional<ModelRef> differenceTo(int round, String site) throws IOException {
        Map<?, ?> facts = JobFolder.read(folder.updateFacts(round, site));
        return "difference".equals(facts.get("send"))
                ? Optional.of(new ModelRef(String.valueOf(facts.get("model"))))
                : Optional.empty();
    }
}
