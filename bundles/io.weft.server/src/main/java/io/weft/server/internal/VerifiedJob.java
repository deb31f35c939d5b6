package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.plugins.Plugins;
import io.weft.server.Verification;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Holds a job's record against its files, line by line. */
public final class VerifiedJob {

    private static final String WRONG = "WRONG: ";

    private final JobFolder folder;
    private final Plugins plugins;
    private final Cancellation cancellation;
    private final List<String> lines = new ArrayList<>();
    private int wrong;
    private int recomputed;
    private int checked;

    public VerifiedJob(Path place, Plugins plugins, Cancellation cancellation) {
        this.folder = new JobFolder(place);
        this.plugins = plugins;
        this.cancellation = cancellation;
    }

    /** Looks at everything, and tells of everything that is wrong. */
    public Verification verified() throws IOException {
        Map<?, ?> state = Files.exists(folder.state()) ? JobFolder.read(folder.state()) : Map.of();
        CheckedChain chain = CheckedChain.read(folder.events(), state);
        RecordedJob record = RecordedJob.of(chain.events());
        logFindings(chain, record).forEach(this::wrong);
        if (chain.wrong().isEmpty()) {
            lines.add("events.jsonl: each of its " + chain.events().size()
                    + " lines is chained to the one before it; the job is "
                    + record.state().orElse("SUBMITTED"));
        }
        Optional<Map<?, ?>> begun = chain.events().stream()
                .filter(event -> Chain.BEGUN.equals(event.get("event")))
                .findFirst();
        if (begun.isPresent() && begun.get().get("jobFile") instanceof String text) {
            jobFile(text);
            rounds(record, String.valueOf(begun.get().get("job")), JobFile.parse(text, "job.yaml"));
        } else {
            wrong("events.jsonl does not say with which job file the job began, so nothing else can be looked at");
        }
        files("result", record.result());
        files("summary", record.last());
        lines.add(
                wrong > 0
                        ? "not sound: " + (wrong == 1 ? "one thing is" : wrong + " things are") + " wrong"
                        : "sound: " + counted(recomputed) + " recomputed, " + counted(checked) + " only checked");
        return new Verification(wrong == 0, lines);
    }

    /** In the order of the lines; of one that was changed it is not said besides that it cannot be understood. */
    private static List<String> logFindings(CheckedChain chain, RecordedJob record) {
        Set<Long> named = chain.wrong().stream().map(LogFinding::line).collect(Collectors.toSet());
        return Stream.concat(
                        chain.wrong().stream(),
                        record.wrong().stream().filter(finding -> !named.contains(finding.line())))
                .sorted(LogFinding.IN_ORDER)
                .map(LogFinding::words)
                .toList();
    }

    private static String counted(int rounds) {
        return rounds == 1 ? "1 round was" : rounds + " rounds were";
    }

    private void wrong(String what) {
        wrong++;
        lines.add(WRONG + what);
    }

    private void jobFile(String text) throws IOException {
        if (!Files.exists(folder.job())) {
            wrong("job.yaml is missing");
        } else if (!Files.readString(folder.job()).equals(text)) {
            wrong("job.yaml is not the file with which the job began");
        }
    }

    private void rounds(RecordedJob record, String id, Job job) throws IOException {
        boolean hadRounds = !record.first().isEmpty() || !record.rounds().isEmpty();
        if (hadRounds && !Files.isDirectory(folder.rounds())) {
            lines.add("rounds: not in this folder, as in one that was fetched; the server has them");
            return;
        }
        boolean sound = files("round 0", record.first());
        Recomputation recomputation = new Recomputation(id, job, folder, plugins, cancellation);
        int next = 1;
        for (RecordedJob.Round round : record.rounds().values()) {
            cancellation.check();
            notOnRecord(next, round.number() - 1);
            boolean before = sound && next == round.number();
            sound = round(record, round, before, job, recomputation);
            next = round.number() + 1;
        }
        notOnRecord(next, record.lastExpected());
    }

    private void notOnRecord(int first, int last) {
        if (first <= last) {
            lines.add((first == last ? "round " + first : "rounds " + first + " to " + last)
                    + ": not checked, because the line of events.jsonl that says what was committed is missing or cannot"
                    + " be read");
        }
    }

    /**
     * One round.
     *
     * @param before whether the model that it began with is as it was
     * @return whether the model that it made is
     */
    private boolean round(
            RecordedJob record, RecordedJob.Round round, boolean before, Job job, Recomputation recomputation)
            throws IOException {
        String name = "round " + round.number();
        if (round.files().isEmpty()) {
            lines.add(name + ": not checked, because the Weft that ran it put no digests on record");
            checked++;
            return false;
        }
        boolean sound = asTheyWere(round.files());
        boolean removed = Retention.lastRemoved(record.newest(), job.keptUpdates()) >= round.number()
                && !Files.isDirectory(folder.updates(round.number()));
        List<String> updates = removed ? List.of() : differences(round);
        if (!removed && !updates.isEmpty() && removedSince(round, job)) {
            removed = true;
            updates = List.of();
        }
        updates.forEach(this::wrong);
        if (!sound || !updates.isEmpty()) {
            return sound;
        }
        String sites = String.join(", ", round.updates().keySet());
        if (removed) {
            checked(name, "the updates of " + sites + " are removed, as keep.updates says");
        } else if (!before) {
            checked(name, "the model before it is not as it was, so it is not recomputed");
        } else {
            recomputed(name, sites, round, recomputation.of(round));
        }
        return true;
    }

    private void checked(String name, String why) {
        checked++;
        lines.add(name + ": only checked: its model has the digest on record; " + why);
    }

    private void recomputed(String name, String sites, RecordedJob.Round round, Recomputation.Outcome outcome) {
        if (outcome instanceof Recomputation.Outcome.Same same) {
            recomputed++;
            lines.add(name + ": recomputed from the updates of " + sites + " to the digest on record, "
                    + round.files().get(folder.name(folder.global(round.number()))) + " (" + same.with() + ")");
        } else if (outcome instanceof Recomputation.Outcome.Other other) {
            wrong(name + ": the updates of " + sites + " do not make the model that was committed: " + other.how());
        } else if (outcome instanceof Recomputation.Outcome.NotDone not) {
            checked(name, "it is not recomputed: " + not.reason());
        }
    }

    private List<String> differences(RecordedJob.Round round) throws IOException {
        List<String> differences = new ArrayList<>();
        for (Map.Entry<String, LogEntry.Task> update : round.updates().entrySet()) {
            Path file = folder.update(round.number(), update.getKey());
            differs(file, update.getValue()).ifPresent(differences::add);
            update.getValue().files().forEach((name, digest) -> differs(name, digest)
                    .ifPresent(differences::add));
        }
        return differences;
    }

    private Optional<String> differs(Path file, LogEntry.Task task) throws IOException {
        String name = folder.name(file);
        if (!Files.exists(file)) {
            return Optional.of(name + " is missing");
        }
        if (task.update().isEmpty()) {
            return Optional.empty();
        }
        try {
            return UpdateDigest.of(file).equals(task.update().get())
                    ? Optional.empty()
                    : Optional.of(name + " is not what site '" + task.site() + "' sent");
        } catch (Refusal e) {
            return Optional.of(name + " is not what site '" + task.site() + "' sent: it cannot be read any more ("
                    + e.getMessage() + ")");
        }
    }

    /** A job that runs removes updates while one looks. */
    private boolean removedSince(RecordedJob.Round round, Job job) throws IOException {
        RecordedJob now =
                RecordedJob.of(CheckedChain.read(folder.events(), Map.of()).events());
        return Retention.lastRemoved(now.newest(), job.keptUpdates()) >= round.number()
                && !Files.exists(folder.updates(round.number()));
    }

    /** Files that belong together; whether all are as they were. */
    private boolean files(String what, SortedMap<String, String> files) {
        boolean sound = asTheyWere(files);
        if (sound && !files.isEmpty()) {
            lines.add(what + ": checked: " + String.join(", ", files.keySet())
                    + (files.size() == 1 ? " has its digest" : " have their digests") + " on record");
        }
        return sound;
    }

    private boolean asTheyWere(SortedMap<String, String> files) {
        List<String> differences = files.entrySet().stream()
                .map(file -> differs(file.getKey(), file.getValue()))
                .flatMap(Optional::stream)
                .toList();
        differences.forEach(this::wrong);
        return differences.isEmpty();
    }

    private Optional<String> differs(String name, String digest) {
        try {
            String found = Digests.of(folder.named(name));
            return found.equals(digest)
                    ? Optional.empty()
                    : Optional.of(
                            name + " is not as it was written: its SHA-256 is " + found + ", on record is " + digest);
        } catch (NoSuchFileException e) {
            return Optional.of(name + " is missing");
        } catch (IOException | Refusal e) {
            return Optional.of(name + " cannot be read: " + e.getMessage());
        }
    }
}
