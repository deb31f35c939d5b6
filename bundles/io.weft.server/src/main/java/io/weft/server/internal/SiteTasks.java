package io.weft.server.internal;

import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import io.weft.job.Job;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Asks sites for tasks and puts what they return on disk before anything else is done with it. */
final class SiteTasks {

    private final String id;
    private final Job job;
    private final Asking asking;
    private final Participants participants;
    private final Models models;
    private final JobFolder folder;
    private final Journal journal;
    private final EventLog events;

    SiteTasks(
            String id,
            Job job,
            Asking asking,
            Participants participants,
            Models models,
            JobFolder folder,
            Journal journal,
            EventLog events) {
        this.id = id;
        this.job = job;
        this.asking = asking;
        this.participants = participants;
        this.models = models;
        this.folder = folder;
        this.journal = journal;
        this.events = events;
    }

    /** Every asked site's outcome; what it returned is on disk. */
    SortedMap<String, Outcome> ask(Step.Ask ask) throws IOException, InterruptedException {
        List<RemoteSite> sites =
                ask.models().keySet().stream().map(participants::site).toList();
        return asking.all(sites, (site, together) -> one(ask, site, together));
    }

    private Outcome one(Step.Ask ask, RemoteSite site, Cancellation together) throws IOException, InterruptedException {
        ModelRef model = ask.models().get(site.name());
        String received = ask.task().equals(Task.SUBMIT_MODEL) ? "" : id + "/" + model.id();
        Message.TaskDone done = site.ask(
                new Message.RunTask(id, ask.round(), job.workflow().rounds(), ask.task(), new TreeMap<>(), received),
                Message.TaskDone.class,
                together);
        for (Message.WireLease lease : done.leases()) {
            events.lease(ask.round(), site.name(), lease);
        }
        journal.noted(site.name(), done.notes());
        Outcome outcome = done.outcome();
        journal.done(ask.round(), site.name(), ask.task(), outcome, done.seconds());
        if (!received.isEmpty()) {
            journal.transferred(ask.round(), site.name(), false, done.received());
        }
        if (ask.task().equals(Task.TRAIN)) {
            journal.trained(ask.round(), site.name(), outcome, done.seconds());
        }
        if (!done.update().isEmpty()) {
            fetch(ask, site, model, done, together);
        }
        return outcome;
    }

    private void fetch(Step.Ask ask, RemoteSite site, ModelRef model, Message.TaskDone done, Cancellation together)
            throws IOException, InterruptedException {
        boolean first = ask.task().equals(Task.SUBMIT_MODEL);
        Path file = first ? folder.global(Models.round(model)) : folder.update(ask.round(), site.name());
        List<TensorSpec> expected = first ? models.withCompanions() : models.exchanged();
        try (TensorWriter tensors = Safetensors.create(file, models.exchanged());
                Spool spool = new Spool(tensors, folder.companions())) {
            Transfer transfer = new Transfer(id + "/" + done.update(), expected, spool);
            Message.Pulled pulled = site.pull(transfer, together);
            if (first) {
                JobFolder.write(folder.manifest(), models.wire());
            } else {
                JobFolder.write(folder.updateFacts(ask.round(), site.name()), facts(model, done));
            }
            spool.commit();
            journal.transferred(ask.round(), site.name(), true, pulled);
        }
        site.ask(new Message.Release(id, done.update()), Message.Accepted.class, together);
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
