package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Task;
import io.weft.api.workflow.ModelRef;
import io.weft.api.workflow.Step;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import io.weft.exchange.coding.Coding;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What sites made in their tasks, pulled from them into the job's folder. */
final class Incoming {

    private final String id;
    private final Models models;
    private final JobFolder folder;

    Incoming(String id, Models models, JobFolder folder) {
        this.id = id;
        this.models = models;
        this.folder = folder;
    }

    /**
     * An update, or a first model, that is on disk.
     *
     * @param digest of it
     * @param facts the file with what else belongs to it, and its SHA-256
     */
    record Fetched(Message.Pulled pulled, String digest, SortedMap<String, String> facts) {}

    /** Whether what a task made is on disk. */
    boolean has(LogEntry.Task task) {
        return Files.exists(file(task.round(), task.task(), task.site(), task.model()));
    }

    /** Removes a site's update. */
    void drop(int round, String site) throws IOException {
        Files.deleteIfExists(folder.updateFacts(round, site));
        Files.deleteIfExists(folder.update(round, site));
    }

    /**
     * Pulls what a site made.
     *
     * @param up how updates were agreed to be coded, if they are
     */
    Fetched fetch(Step.Ask ask, Optional<Coding> up, RemoteSite site, Message.TaskDone done, Cancellation cancellation)
            throws IOException, InterruptedException {
        if (ask.task().equals(Task.SUBMIT_MODEL)) {
            return firstModel(ask, site, done, cancellation);
        }
        if (!done.coded().is()) {
            return update(ask, site, done, cancellation);
        }
        Coding coding = up.orElseThrow(
                () -> new Refusal("site '" + site.name() + "' codes its update, which was not agreed upon"));
        return codedUpdate(ask, coding, site, done, cancellation);
    }

    private Fetched firstModel(Step.Ask ask, RemoteSite site, Message.TaskDone done, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path file = file(ask.round(), ask.task(), site.name(), ask.models().get(site.name()));
        List<TensorSpec> expected = models.first();
        try (TensorWriter tensors = Safetensors.create(file, models.exchanged());
                Spool spool = new Spool(tensors, folder, models.frozen())) {
            Transfer transfer = transfer(done, expected, spool);
            Message.Pulled pulled = site.pull(transfer, cancellation);
            JobFolder.write(folder.manifest(), models.wire());
            spool.commit();
            List<String> digests = exchanged(transfer);
            if (transfer.digests().size() == expected.size()) {
                models.made(0, digests.stream().map(HexFormat.of()::parseHex).toList());
            }
            return new Fetched(pulled, UpdateDigest.of(file, models.exchanged(), digests), new TreeMap<>());
        }
    }

    private Fetched update(Step.Ask ask, RemoteSite site, Message.TaskDone done, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path file = folder.update(ask.round(), site.name());
        List<TensorSpec> expected = models.exchanged();
        try (TensorWriter tensors = Safetensors.create(file, expected);
                Spool spool = new Spool(tensors, folder, List.of())) {
            Transfer transfer = transfer(done, expected, spool);
            Message.Pulled pulled = site.pull(transfer, cancellation);
            writeFacts(ask, site, done);
            spool.commit();
            return new Fetched(pulled, UpdateDigest.of(file, expected, exchanged(transfer)), facts(ask, site));
        }
    }

    /** Puts a coded update on disk as it is, once it has been seen to decode to numbers. */
    private Fetched codedUpdate(
            Step.Ask ask, Coding coding, RemoteSite site, Message.TaskDone done, Cancellation cancellation)
            throws IOException, InterruptedException {
        coding.check(done.coded(), models.exchanged());
        List<TensorSpec> crossing = done.coded().crossing(models.exchanged());
        Path file = folder.update(ask.round(), site.name());
        try (TensorWriter tensors = Safetensors.create(file, crossing);
                Spool spool = new Spool(tensors, folder, List.of())) {
            Transfer transfer = transfer(done, crossing, spool);
            Message.Pulled pulled = site.pull(transfer, cancellation);
            writeFacts(ask, site, done);
            spool.commit();
            long begun = System.nanoTime();
            try (TensorReader decoded = coding.decoded(Safetensors.open(file), models.exchanged())) {
                Floats.checkFinite(decoded, cancellation);
            }
            Message.Pulled decodedTo = pulled.decodedTo(
                    models.exchanged().stream().mapToLong(TensorSpec::bytes).sum(),
                    done.coded(),
                    (System.nanoTime() - begun) / 1e9);
            return new Fetched(decodedTo, UpdateDigest.of(file, crossing, transfer.digests()), facts(ask, site));
        } catch (Refusal e) {
            drop(ask.round(), site.name());
            throw e;
        }
    }

    private Path file(int round, String task, String site, ModelRef model) {
        return task.equals(Task.SUBMIT_MODEL) ? folder.global(Models.round(model)) : folder.update(round, site);
    }

    private Transfer transfer(Message.TaskDone done, List<TensorSpec> expected, Spool spool) {
        return new Transfer(id + "/" + done.update(), expected, spool);
    }

    /** The digests of the exchanged tensors, which come before all else; none where they were not taken piece by piece. */
    private List<String> exchanged(Transfer transfer) {
        List<String> digests = transfer.digests();
        return digests.subList(0, Math.min(digests.size(), models.exchanged().size()));
    }

    private SortedMap<String, String> facts(Step.Ask ask, RemoteSite site) throws IOException {
        return new Committed(folder).of(List.of(folder.updateFacts(ask.round(), site.name())));
    }

    private void writeFacts(Step.Ask ask, RemoteSite site, Message.TaskDone done) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", ask.models().get(site.name()).id());
        facts.put("send", done.difference() ? "difference" : "weights");
        if (done.coded().is()) {
            facts.put("quantizer", done.coded().quantizer());
        }
        facts.put("steps", done.steps());
        facts.put("samples", done.samples());
        facts.put("tokens", done.tokens());
        facts.put("metrics", done.metrics());
        facts.put("seconds", done.seconds());
        JobFolder.write(folder.updateFacts(ask.round(), site.name()), facts);
    }
}
