package io.weft.shell.internal;

import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Tokens;
import io.weft.server.Figures;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** A job file with a reason behind every line, for a base and records that were looked at. */
final class JobDraft {

    private static final int BATCH = 8;
    private static final int ROUNDS = 3;

    /** As many hands as one file is dealt to, at most; each should have a record to train on and one to validate on. */
    private static final int SITES = 3;

    /** As long as a job without {@code data.maxLength} takes. */
    private static final int USUAL_LENGTH = 1024;

    /** The column where comments begin. */
    private static final int COMMENTS = 28;

    /** What YAML takes for something else than text. */
    private static final String WORDS = "(?i:true|false|null)";

    private static final String PLAIN = "[A-Za-z][A-Za-z0-9_./+-]*";

    private final Path file;
    private final FoundModel model;
    private final FoundData data;
    private final Optional<String> template;
    private final DatasetDescription records;

    /**
     * @param file where the job file will lie
     * @param records all that is trained on
     */
    JobDraft(Path file, FoundModel model, FoundData data, Optional<String> template, DatasetDescription records) {
        this.file = file.toAbsolutePath().normalize();
        this.model = model;
        this.data = data;
        this.template = template;
        this.records = records;
    }

    /** The words behind {@code weft plan} and {@code weft simulate}. */
    String arguments(Path shown) {
        String job = NextSteps.quoted(shown.toString());
        if (!data.sites().isEmpty()) {
            return job;
        }
        long hands = Math.max(1, Math.min(SITES, records.records() / 2));
        return job + " --split " + NextSteps.quoted(data.files().get(0) + ":" + hands);
    }

    String text() {
        var text = new StringBuilder();
        text.append(
                "# Written by 'weft init'. docs/job-file.md explains every key, and the defaults of those that are left out.\n");
        text.append("name: ").append(quoted(name())).append('\n');
        line(text, "workflow: {type: fedavg, rounds: " + ROUNDS + "}", rounds());
        text.append("# A base that is a path holds for 'weft simulate'; for 'weft submit' give its name in the sites'"
                + " conf/models.yaml.\n");
        line(text, "model: {backend: hf, base: " + quoted(base()) + "}", modelFacts());
        line(
                text,
                "strategy: {type: lora, rank: 8, alpha: 16, targets: all-linear}",
                "an adapter on every linear layer is trained and exchanged; sft trains all weights");
        text.append("data:\n");
        line(text, "  train: " + quoted(data.train()), trainFacts());
        data.validate().ifPresent(name -> line(text, "  validate: " + quoted(name), validateFacts()));
        template.ifPresent(
                name -> line(text, "  template: " + name, "turns the records' fields into prompt and completion"));
        line(text, "  maxLength: " + maxLength(), lengthFacts());
        text.append("train:\n");
        line(text, "  lr: " + learningRate(), "halve it when the loss jumps; sft takes about a tenth of it");
        line(text, "  schedule: cosine", "over all rounds");
        line(text, "  warmup: 0.05", "the share of all steps over which the rate rises");
        line(text, "  batch: " + BATCH, "records a step; when memory is short, halve it and give accumulate: 2");
        line(text, "  epochs: 1", "a round; about " + Figures.whole(steps()) + " steps over all sites");
        line(text, "  seed: 7", "the same seed on the same machine gives the same bytes");
        data.validate()
                .ifPresent(name ->
                        line(text, "select: {metric: validation_loss}", "the result is the round that does best"));
        text.append("# track: [tensorboard]      # event files in tracking/ of the run's folder (docs/tracking.md)\n");
        text.append("# wire: {send: difference}  # what changed, instead of the weights themselves\n");
        return text.toString();
    }

    /** The comment stands behind short keys, and above long ones. */
    private static void line(StringBuilder text, String keys, String comment) {
        if (keys.length() < COMMENTS) {
            text.append(keys).append(" ".repeat(COMMENTS - keys.length()));
        }
        text.append("# ").append(comment).append('\n');
        if (keys.length() >= COMMENTS) {
            text.append(keys).append('\n');
        }
    }

    /** The folder's name, as far as a job may be called that. */
    private String name() {
        Path folder = file.getParent().getFileName();
        String name = (folder == null ? "" : folder.toString())
                .replaceAll("[^A-Za-z0-9._-]+", "-")
                .replaceAll("^[^A-Za-z]+", "");
        return name.isEmpty() ? "job" : name.substring(0, Math.min(name.length(), 64));
    }

    private String base() {
        Path folder = model.folder().toAbsolutePath().normalize();
        if (folder.equals(file.getParent())) {
            return ".";
        }
        // Of what has only the root in common, nothing is gained by a way from one to the other.
        boolean near = folder.startsWith(file.getParent())
                || (file.getParent().getNameCount() > 0
                        && folder.getNameCount() > 0
                        && file.getParent().getName(0).equals(folder.getName(0))
                        && Objects.equals(file.getRoot(), folder.getRoot()));
        return near ? file.getParent().relativize(folder).toString().replace('\\', '/') : folder.toString();
    }

    private String rounds() {
        return data.sites().isEmpty()
                ? "sites come from --split; every round they start from their common mean"
                : data.sites().size() + " sites: " + String.join(", ", data.sites());
    }

    private String modelFacts() {
        return Figures.whole(model.summary().parameters()) + " parameters in "
                + model.summary().type() + ", " + model.summary().layers() + " layers, at most "
                + Figures.whole(model.summary().positions()) + " tokens";
    }

    private String trainFacts() {
        return Figures.whole(records.records()) + " records"
                + (data.sites().isEmpty() ? " in " + data.files().get(0).getFileName() : " over all sites")
                + left(records.lines() - records.records());
    }

    private static String left(long lines) {
        return lines == 0
                ? ""
                : "; " + Figures.whole(lines) + (lines == 1 ? " line is none" : " lines are none") + " and left out";
    }

    private String validateFacts() {
        return data.sites().isEmpty()
                ? "every tenth record is held out under this name" + unused()
                : "measured before each round and at the end";
    }

    private String unused() {
        return data.unused().isEmpty()
                ? ""
                : "; not used: "
                        + data.unused().stream()
                                .map(file -> file.getFileName().toString())
                                .collect(Collectors.joining(", "));
    }

    private Tokens tokens() {
        return records.tokens().orElseThrow();
    }

    private int most() {
        return Math.min(USUAL_LENGTH, model.summary().positions());
    }

    /** All of every record where that is not too much, else all of nine in ten. */
    private int maxLength() {
        Lengths lengths = tokens().lengths();
        long wanted = lengths.longest() <= most() ? roundedUp(lengths.longest()) : roundedUp(lengths.most());
        return (int) Math.min(wanted, most());
    }

    private static long roundedUp(long tokens) {
        return (tokens + 15) / 16 * 16;
    }

    private String lengthFacts() {
        Lengths lengths = tokens().lengths();
        return "tokens; half of the records have up to " + Figures.whole(lengths.median()) + ", nine in ten up to "
                + Figures.whole(lengths.most()) + ", the longest " + Figures.whole(lengths.longest());
    }

    /** Larger models take smaller steps. */
    private String learningRate() {
        long parameters = model.summary().parameters();
        return parameters < 50_000_000 ? "2.0e-3" : parameters < 1_000_000_000 ? "1.0e-3" : "2.0e-4";
    }

    private long steps() {
        return (records.records() + BATCH - 1) / BATCH;
    }

    private static String quoted(String text) {
        return text.matches(PLAIN) && !text.matches(WORDS) ? text : "'" + text.replace("'", "''") + "'";
    }
}
