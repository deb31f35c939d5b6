package io.weft.job.internal;

import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.Place;
import io.weft.job.form.Tree;
import io.weft.job.form.ValueType.Decimal;
import io.weft.job.form.ValueType.Flag;
import io.weft.job.form.ValueType.Overrides;
import io.weft.job.form.ValueType.Quantizer;
import io.weft.job.form.ValueType.Section;
import io.weft.job.form.ValueType.Sections;
import io.weft.job.form.ValueType.Span;
import io.weft.job.form.ValueType.Text;
import io.weft.job.form.ValueType.Texts;
import io.weft.job.form.ValueType.Variants;
import io.weft.job.form.ValueType.Whole;
import io.weft.job.form.ValueType.Word;
import io.weft.job.form.ValueType.Words;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every key of the job file that is not a plugin's option. */
public final class CoreKeys {

    private static final Text NAME = Text.NAME;

    private static final Text DATASET = new Text(
            "the name of a dataset in the site's catalogue, not a path or a file (letters, digits, '.', '_' and '-')",
            Pattern.compile("(?!.*\\.jsonl?$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}"));

    private static final Decimal SHARE = new Decimal(0, 1, false);
    private static final Decimal NOT_NEGATIVE = new Decimal(0, Double.MAX_VALUE, false);
    private static final Whole COUNT = new Whole(1, Integer.MAX_VALUE);

    private static final Key MODE = Key.optional(
            "mode",
            Word.of("min", "max"),
            "`min` for a metric whose name ends in `loss`, else required",
            "Whether the smallest or the largest value is best.");

    private static final Section STOP = new Section(
            Form.of(
                    Key.preset(
                            "metric",
                            NAME,
                            "validation_loss",
                            "The metric that must become better for the job to go on."),
                    MODE,
                    Key.preset("patience", COUNT, 2, "How many rounds in a row it may become no better."),
                    Key.preset(
                            "minDelta",
                            NOT_NEGATIVE,
                            0.0,
                            "By how much it must be better than the best value before to count as better.")),
            Optional.empty());

    public static final Section WORKFLOW = new Section(
            Form.withOptions(
                    Key.preset("type", NAME, "fedavg", "The workflow plugin that conducts the job."),
                    Key.required("rounds", COUNT, "How many rounds the job has."),
                    Key.optional(
                            "sites",
                            new Section(
                                    Form.of(
                                            Key.optional(
                                                    "min",
                                                    COUNT,
                                                    "all sites",
                                                    "How many updates a round needs at least."),
                                            Key.optional(
                                                    "deadline",
                                                    new Span(),
                                                    "none",
                                                    "How long a round waits for updates beyond `min`.")),
                                    Optional.empty()),
                            "all sites, no deadline",
                            "Which answers end a round."),
                    Key.optional("stop", STOP, "never", "When the job ends before its last round.")),
            Optional.empty());

    public static final Section MODEL = new Section(
            Form.withOptions(
                    Key.preset("backend", NAME, "hf", "The checkpoint format plugin that reads the base."),
                    Key.required(
                            "base",
                            new Text("the path or the name of a base checkpoint", Text.ANY.pattern()),
                            "The base checkpoint: in `simulate` a folder, relative to the job file; otherwise a name in each site's `models.yaml`."),
                    Key.optional(
                            "digest",
                            new Text("the 64 hexadecimal digits of a SHA-256", Pattern.compile("[0-9a-f]{64}")),
                            "what the first site reports",
                            "The content hash that every site's base must have."),
                    Key.preset(
                            "share",
                            new Flag(),
                            false,
                            "Whether a site that has no base of that name gets the server's; not in `simulate`, whose sites share one.")),
            Optional.empty());

    public static final Section STRATEGY = new Section(
            Form.withOptions(Key.required("type", NAME, "The strategy plugin: what is trained and exchanged.")),
            Optional.of("type"));

    public static final Section DATA = new Section(
            Form.of(
                    Key.required("train", DATASET, "The dataset that sites train on."),
                    Key.optional("validate", DATASET, "no validation", "The dataset that models are validated on."),
                    Key.optional(
                            "template",
                            NAME,
                            "records as they are",
                            "The template that turns a record's fields into prompt and completion."),
                    Key.optional(
                            "maxLength",
                            new Whole(2, Integer.MAX_VALUE),
                            "1024 or the model's limit, whichever is smaller",
                            "The most tokens of a record; longer ones are cut.")),
            Optional.empty());

    private static final Key WEIGHT_DECAY = Key.preset(
            "weightDecay", NOT_NEGATIVE, 0.0, "The decoupled weight decay of a step, as a share of the learning rate.");

    public static final Variants OPTIMIZER = new Variants(ordered(
            Map.entry(
                    "adamw",
                    Form.of(
                            Key.preset("beta1", below1(), 0.9, "The decay of the running mean of gradients."),
                            Key.preset("beta2", below1(), 0.999, "The decay of the running mean of squared gradients."),
                            Key.preset(
                                    "epsilon",
                                    new Decimal(0, Double.MAX_VALUE, true),
                                    1e-8,
                                    "What keeps the division by the root of squared gradients finite."),
                            WEIGHT_DECAY)),
            Map.entry("sgd", Form.of(WEIGHT_DECAY))));

    public static final Section TRAIN = new Section(
            Form.of(
                    new Key(
                            "optimizer",
                            OPTIMIZER,
                            Optional.of(OPTIMIZER.read("train.optimizer", word("adamw"))),
                            false,
                            "`adamw`",
                            "The optimizer, as a word or as a mapping with `type` and its settings."),
                    Key.required("lr", new Decimal(0, Double.MAX_VALUE, true), "The learning rate at its height."),
                    Key.preset(
                            "schedule",
                            Word.of("constant", "linear", "cosine"),
                            "constant",
                            "How the learning rate falls after the warm-up, over the whole federation's steps."),
                    Key.preset(
                            "warmup",
                            SHARE,
                            0.0,
                            "The share of the whole federation's steps over which the learning rate rises from 0."),
                    Key.preset(
                            "clip",
                            NOT_NEGATIVE,
                            1.0,
                            "The largest global norm of a step's gradients; 0 does not clip."),
                    Key.preset("batch", COUNT, 4, "How many records are computed together, however they are packed."),
                    Key.preset("accumulate", COUNT, 1, "How many batches make one optimizer step."),
                    Key.optional(
                            "epochs",
                            COUNT,
                            "`1`, unless `steps` is given",
                            "How often a round goes through the data."),
                    Key.optional(
                            "steps",
                            new Whole(0, Integer.MAX_VALUE),
                            "`epochs` counts",
                            "How many optimizer steps a round takes; 0 exchanges models without training."),
                    Key.preset(
                            "seed",
                            new Whole(Long.MIN_VALUE, Long.MAX_VALUE),
                            0L,
                            "What all chance in the job is drawn from."),
                    Key.preset(
                            "precision",
                            Word.of("auto", "fp32", "bf16"),
                            "auto",
                            "What is computed in, validation too; `auto` is bf16 where the processor has it, else fp32."),
                    Key.preset(
                            "state",
                            Word.of("keep", "reset"),
                            "keep",
                            "Whether the optimizer's state is carried from round to round.")),
            Optional.empty());

    public static final Section TRAINER = new Section(
            Form.withOptions(
                    new Key(
                            "type",
                            NAME,
                            Optional.of("lm"),
                            false,
                            "`process` where there is a `command`, else `lm`",
                            "The trainer plugin that runs a site's tasks."),
                    Key.optional(
                            "command",
                            new Words("python3, train.py, --epochs, 2"),
                            "the trainer brings its own program",
                            "The program that trains, word by word; words that name a file or a folder beside the job file travel with the job."),
                    Key.optional(
                            "files",
                            new Words("train.py, data/labels.json"),
                            "none",
                            "Files and folders beside the job file that travel with the job, besides those in `command`.")),
            Optional.of("type"));

    public static final Section AGGREGATOR = new Section(
            Form.withOptions(
                    Key.preset("type", NAME, "fedavg", "The aggregator plugin that folds updates into the next model."),
                    Key.preset(
                            "weightBy",
                            Word.of("steps", "samples", "tokens", "equal"),
                            "steps",
                            "What an update's weight counts; when all weights of a round are 0, all count equally.")),
            Optional.of("type"));

    public static final Section FILTER = new Section(
            Form.withOptions(Key.required("type", NAME, "The filter plugin that changes or refuses the update.")),
            Optional.of("type"));

    public static final Sections FILTERS = new Sections(FILTER);

    public static final Section DIRECTION = new Section(
            Form.withOptions(
                    Key.preset(
                            "quantizer",
                            new Quantizer(),
                            Quantizer.PLAIN,
                            "The quantizer plugin that codes tensors; `fp32`, also written `none`, sends them as they are."),
                    Key.preset(
                            "except",
                            new Texts(),
                            List.of(),
                            "The tensors that pass as they are, by patterns for their whole names in which `*` stands for any text."),
                    Key.preset(
                            "smallest",
                            new Whole(0, Long.MAX_VALUE),
                            1024L,
                            "Tensors of fewer elements pass as they are, as do those that are not floating-point or would not become smaller."),
                    Key.preset(
                            "errorFeedback",
                            new Flag(),
                            false,
                            "Whether the sender keeps what coding lost and adds it to the next round's values.")),
            Optional.of("quantizer"));

    public static final Section WIRE = new Section(
            Form.of(
                    Key.filled("up", DIRECTION, "fp32", "From site to server."),
                    Key.filled("down", DIRECTION, "fp32", "From server to site."),
                    Key.preset(
                            "send",
                            Word.of("weights", "difference"),
                            "weights",
                            "Whether a site returns its model, or the difference to the model that it received.")),
            Optional.empty());

    public static final Section SELECT = new Section(
            Form.of(
                    Key.preset(
                            "metric", NAME, "validation_loss", "The metric that decides which round's model is best."),
                    MODE),
            Optional.empty());

    public static final Section TRACKER = new Section(
            Form.withOptions(Key.required("type", NAME, "The tracker plugin that receives the job's metrics.")),
            Optional.of("type"));

    public static final Sections TRACK = new Sections(TRACKER);

    public static final Section KEEP = new Section(
            Form.of(
                    Key.preset(
                            "updates",
                            new Whole(0, Integer.MAX_VALUE),
                            1,
                            "Of how many rounds, the last ones, the server keeps what sites sent; 0 keeps a round's updates until its model is on record.")),
            Optional.empty());

    public static final Section COMPARE = new Section(
            Form.of(
                    Key.preset(
                            "alone",
                            new Flag(),
                            false,
                            "Whether every site is trained alone too, and all are measured on all sites' validation records."),
                    Key.optional("prompts", new Texts(), "none", "What the base and the result continue."),
                    Key.preset("maxTokens", COUNT, 32, "The most tokens of a continuation.")),
            Optional.empty());

    /** The sections in which a site may differ, with the keys that may not. */
    public static final Overrides SITES = new Overrides(
            ordered(
                    Map.entry("model", List.of("digest", "share")),
                    Map.entry("strategy", List.of("type")),
                    Map.entry("data", List.of()),
                    Map.entry("train", List.of("seed")),
                    Map.entry("trainer", List.of())),
            Map.of("filters", FILTERS));

    /** The whole file. */
    public static final Form JOB = Form.of(
            Key.required("name", NAME, "What the job is called; its id begins with it."),
            Key.required("workflow", WORKFLOW, "How the rounds go."),
            Key.required("model", MODEL, "What is fine-tuned."),
            Key.optional("strategy", STRATEGY, "required without a `trainer`", "What is trained and exchanged."),
            Key.optional("data", DATA, "required without a `trainer`", "Which datasets are used, by their names."),
            Key.optional("train", TRAIN, "required without a `trainer`", "How sites train in each round."),
            Key.filled("trainer", TRAINER, "`lm`", "What runs a site's tasks."),
            Key.filled("aggregator", AGGREGATOR, "`fedavg`", "How updates become the next model."),
            Key.optional(
                    "filters",
                    FILTERS,
                    "none",
                    "What each site does to its update before it is coded and leaves, in this order."),
            Key.filled("wire", WIRE, "fp32 weights both ways", "What crosses the network."),
            Key.optional("select", SELECT, "the last round's model", "Which round's model is the result."),
            Key.optional("track", TRACK, "none", "Where metrics go besides the job's folder."),
            Key.filled("keep", KEEP, "`{updates: 1}`", "What is kept of rounds that are over."),
            Key.optional("compare", COMPARE, "nothing", "What `simulate` shows of a finished job, besides its rounds."),
            Key.optional("sites", SITES, "all sites alike", "What single sites do differently."));

    private CoreKeys() {}

    private static Decimal below1() {
        return new Decimal(0, 0.999999, false);
    }

    private static Tree word(String text) {
        return new Tree.Scalar(new Place("defaults", 1), text, Tree.Scalar.Kind.TEXT);
    }

    @SafeVarargs
    private static <V> Map<String, V> ordered(Map.Entry<String, V>... entries) {
        var map = new LinkedHashMap<String, V>();
        for (Map.Entry<String, V> entry : entries) {
            map.put(entry.getKey(), entry.getValue());
        }
        return map;
    }
}
