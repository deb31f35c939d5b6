package io.weft.job;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import io.weft.job.form.Form;
import io.weft.job.form.Place;
import io.weft.job.form.Tree;
import io.weft.job.form.ValueType;
import io.weft.job.internal.CoreKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A job file that was checked: its values with all defaults filled in. What belongs to plugins is checked by their sections,
 * see {@link #sections()}.
 */
public final class Job {

    private static final String LM = "lm";
    private static final String PROCESS = "process";
    private static final String NAMED_TENSORS = "weights";
    private static final String PLAIN = "fp32";
    private static final List<String> METRICS =
            List.of(Outcome.VALIDATION_LOSS, Outcome.VALIDATION_TOKEN_ACCURACY, Outcome.TRAIN_LOSS);

    private final String text;
    private final Tree.Mapping root;
    private final Map<String, Object> values;

    private Job(String text, Tree.Mapping root) {
        this.text = text;
        this.root = withTrainerOfACommand(root);
        this.values = effective(this.root);
        checkCombinations();
    }

    /** Checks a whole file and every site's variant of it. */
    static Job of(String text, Tree.Mapping root) {
        var job = new Job(text, root);
        job.overrides().keySet().forEach(job::forSite);
        return job;
    }

    /** The file as it was written. */
    public String text() {
        return text;
    }

    /** The effective file: nested maps, lists, strings, numbers and booleans, in normal form, defaults filled in. */
    public Map<String, Object> values() {
        return values;
    }

    public String name() {
        return (String) values.get("name");
    }

    public WorkflowSettings workflow() {
        Map<?, ?> workflow = map(values, "workflow");
        Map<?, ?> sites = workflow.containsKey("sites") ? map(workflow, "sites") : Map.of();
        return new WorkflowSettings(
                text(workflow, "type"),
                (Integer) workflow.get("rounds"),
                count(sites, "min"),
                Optional.ofNullable((String) sites.get("deadline")).map(ValueType.Span::of),
                stop(workflow));
    }

    private static Optional<StopSettings> stop(Map<?, ?> workflow) {
        if (!workflow.containsKey("stop")) {
            return Optional.empty();
        }
        Map<?, ?> stop = map(workflow, "stop");
        return Optional.of(new StopSettings(
                text(stop, "metric"),
                constant(SelectSettings.Mode.class, stop, "mode"),
                (Integer) stop.get("patience"),
                number(stop, "minDelta")));
    }

    public ModelSettings model() {
        Map<?, ?> model = map(values, "model");
        return new ModelSettings(
                text(model, "backend"),
                text(model, "base"),
                Optional.ofNullable((String) model.get("digest")),
                (Boolean) model.get("share"));
    }

    /** What is trained and exchanged; a job with a trainer of its own may have none. */
    public Optional<Section> strategy() {
        return section("strategy");
    }

    /** Which datasets are used; a job with a trainer of its own may name none. */
    public Optional<DataSettings> data() {
        if (!values.containsKey("data")) {
            return Optional.empty();
        }
        Map<?, ?> data = map(values, "data");
        return Optional.of(new DataSettings(
                text(data, "train"),
                Optional.ofNullable((String) data.get("validate")),
                Optional.ofNullable((String) data.get("template")),
                count(data, "maxLength")));
    }

    /** How sites train; a job with a trainer of its own may leave it out. */
    public Optional<TrainSettings> train() {
        if (!values.containsKey("train")) {
            return Optional.empty();
        }
        Map<?, ?> train = map(values, "train");
        return Optional.of(new TrainSettings(
                optimizer(map(train, "optimizer")),
                number(train, "lr"),
                constant(TrainSettings.Schedule.class, train, "schedule"),
                number(train, "warmup"),
                number(train, "clip"),
                (Integer) train.get("batch"),
                (Integer) train.get("accumulate"),
                count(train, "epochs"),
                count(train, "steps"),
                (Long) train.get("seed"),
                constant(TrainSettings.Precision.class, train, "precision"),
                constant(TrainSettings.State.class, train, "state")));
    }

    /** What all chance in the job is drawn from. */
    public long seed() {
        return train().map(TrainSettings::seed).orElse(0L);
    }

    /** What runs a site's tasks. */
    public Section trainer() {
        return section("trainer").orElseThrow();
    }

    /** The program that trains, for a trainer that runs one. */
    public Optional<ProgramSettings> program() {
        Map<?, ?> trainer = map(values, "trainer");
        return words(trainer, "command").isEmpty()
                ? Optional.empty()
                : Optional.of(new ProgramSettings(words(trainer, "command"), words(trainer, "files")));
    }

    /** Whether the job may bring its first model along: one with a program of its own, or of named tensors and nothing else. */
    public boolean mayBringItsModel() {
        return program().isPresent() || model().backend().equals(NAMED_TENSORS);
    }

    public Section aggregator() {
        return section("aggregator").orElseThrow();
    }

    /** What an update's weight counts. */
    public WeightBy weightBy() {
        return constant(WeightBy.class, map(values, "aggregator"), "weightBy");
    }

    /** What a site does to its update before it is coded and leaves, in order. */
    public List<Section> filters() {
        return root.get("filters")
                .map(tree -> Section.filters("filters", CoreKeys.FILTERS.mappings("filters", tree)))
                .orElse(List.of());
    }

    public WireSettings wire() {
        Map<?, ?> wire = map(values, "wire");
        return new WireSettings(
                text(map(wire, "up"), "quantizer"),
                text(map(wire, "down"), "quantizer"),
                constant(WireSettings.Send.class, wire, "send"));
    }

    /** How updates are coded on their way to the server; empty when they are not. */
    public Optional<CodingSettings> codedUp() {
        return coding("up");
    }

    /** How models are coded on their way to sites; empty when they are not. */
    public Optional<CodingSettings> codedDown() {
        return coding("down");
    }

    private Optional<CodingSettings> coding(String direction) {
        Map<?, ?> settings = map(map(values, "wire"), direction);
        return text(settings, "quantizer").equals(PLAIN)
                ? Optional.empty()
                : Optional.of(new CodingSettings(
                        section("wire." + direction, direction(direction), CoreKeys.DIRECTION, "quantizer"),
                        words(settings, "except"),
                        (Long) settings.get("smallest"),
                        (Boolean) settings.get("errorFeedback")));
    }

    private Tree.Mapping direction(String direction) {
        return root.get("wire")
                .map(wire -> CoreKeys.WIRE.mapping("wire", wire))
                .flatMap(wire -> wire.get(direction))
                .map(given -> CoreKeys.DIRECTION.mapping("wire." + direction, given))
                .orElseGet(() -> Tree.Mapping.empty(root.place()));
    }

    /** Which round's model is the result; empty for the last one's. */
    public Optional<SelectSettings> select() {
        if (!values.containsKey("select")) {
            return Optional.empty();
        }
        Map<?, ?> select = map(values, "select");
        return Optional.of(
                new SelectSettings(text(select, "metric"), constant(SelectSettings.Mode.class, select, "mode")));
    }

    /** Of how many rounds, the last ones, the server keeps what sites sent. */
    public int keptUpdates() {
        return (Integer) map(values, "keep").get("updates");
    }

    /** The trackers that receive the job's metrics. */
    public List<Section> track() {
        return root.get("track")
                .map(tree -> CoreKeys.TRACK.mappings("track", tree).stream()
                        .map(mapping -> section("track", mapping, CoreKeys.TRACKER, "type"))
                        .toList())
                .orElse(List.of());
    }

    /** What a simulation shows besides the rounds. */
    public Optional<CompareSettings> compare() {
        if (!values.containsKey("compare")) {
            return Optional.empty();
        }
        Map<?, ?> compare = map(values, "compare");
        List<String> prompts = compare.get("prompts") instanceof List<?> texts
                ? texts.stream().map(String.class::cast).toList()
                : List.of();
        return Optional.of(
                new CompareSettings((Boolean) compare.get("alone"), prompts, (Integer) compare.get("maxTokens")));
    }

    /** What single sites do differently, by site name. */
    public SortedMap<String, Map<String, Object>> overrides() {
        var overrides = new TreeMap<String, Map<String, Object>>();
        if (values.get("sites") instanceof Map<?, ?> sites) {
            sites.forEach((site, sections) -> overrides.put((String) site, copy((Map<?, ?>) sections)));
        }
        return Collections.unmodifiableSortedMap(overrides);
    }

    /** The job as one site runs it, with that site's overrides in place. */
    public Job forSite(String site) {
        return variant(site, List.of("sites"), List.of());
    }

    /**
     * The job for one site without the others: its overrides in place, nothing asked of several sites, nothing compared or tracked, and
     * nothing filtered, for no update leaves the site.
     */
    public Job alone(String site) {
        return variant(site, List.of("sites", "compare", "track", "filters"), List.of("sites"));
    }

    private Job variant(String site, List<String> without, List<String> withoutInWorkflow) {
        Optional<Tree.Mapping> changes = root.get("sites")
                .flatMap(sites -> ((Tree.Mapping) sites).get(site))
                .map(Tree.Mapping.class::cast);
        Tree.Mapping merged = root;
        if (changes.isPresent()) {
            for (var section : changes.get().entries().entrySet()) {
                merged = merged.with(section.getKey(), merge(merged, section.getKey(), section.getValue()));
            }
        }
        var entries = new LinkedHashMap<>(merged.entries());
        without.forEach(entries::remove);
        if (entries.get("workflow").value() instanceof Tree.Mapping workflow) {
            var kept = new LinkedHashMap<>(workflow.entries());
            withoutInWorkflow.forEach(kept::remove);
            entries.put(
                    "workflow",
                    new Tree.Entry(entries.get("workflow").place(), new Tree.Mapping(workflow.place(), kept)));
        }
        return new Job(text, new Tree.Mapping(root.place(), entries));
    }

    /**
     * The section of a key that names a plugin: {@code workflow}, {@code model} (whose plugin is its backend), {@code strategy},
     * {@code trainer} or {@code aggregator}. Quantizers have theirs in {@link #codedUp} and {@link #codedDown}.
     */
    public Optional<Section> section(String key) {
        return switch (key) {
            case "workflow" -> section(key, CoreKeys.WORKFLOW, "type");
            case "model" -> section(key, CoreKeys.MODEL, "backend");
            case "strategy" -> section(key, CoreKeys.STRATEGY, "type");
            case "trainer" -> section(key, CoreKeys.TRAINER, "type");
            case "aggregator" -> section(key, CoreKeys.AGGREGATOR, "type");
            default -> throw new IllegalArgumentException("'" + key + "' names no plugin");
        };
    }

    /** All sections that name plugins. Each must be checked against its plugin's options before the job starts. */
    public List<Section> sections() {
        var sections = new ArrayList<Section>();
        for (String key : List.of("workflow", "model", "strategy", "trainer", "aggregator")) {
            section(key).ifPresent(sections::add);
        }
        codedUp().ifPresent(coding -> sections.add(coding.section()));
        codedDown().ifPresent(coding -> sections.add(coding.section()));
        sections.addAll(filters());
        sections.addAll(track());
        return List.copyOf(sections);
    }

    /** File and line of a key that is given by its path, such as {@code ("data", "train")}; of the nearest one above it if absent. */
    public String where(String... path) {
        return place(path).toString();
    }

    /** An error that begins with file and line of a key, see {@link #where}. */
    public Refusal refuse(String message, String... path) {
        return place(path).refuse(message);
    }

    private Place place(String... path) {
        Place place = root.place();
        Tree tree = root;
        for (String key : path) {
            if (!(tree instanceof Tree.Mapping mapping) || !mapping.entries().containsKey(key)) {
                break;
            }
            place = mapping.placeOf(key);
            tree = mapping.entries().get(key).value();
        }
        return place;
    }

    private Optional<Section> section(String key, ValueType.Section type, String name) {
        if (!values.containsKey(key)) {
            return Optional.empty();
        }
        Tree.Mapping mapping =
                root.get(key).map(tree -> type.mapping(key, tree)).orElseGet(() -> Tree.Mapping.empty(root.place()));
        return Optional.of(section(key, mapping, type, name));
    }

    private static Section section(String key, Tree.Mapping mapping, ValueType.Section type, String name) {
        return new Section(key, (String) type.form().read(key, mapping).get(name), mapping, type.form());
    }

    private void checkCombinations() {
        if (trainer().type().equals(LM)) {
            for (String key : List.of("strategy", "data", "train")) {
                if (!values.containsKey(key)) {
                    throw refuse(key + " is missing; only a job with a trainer of its own may leave it out");
                }
            }
        }
        if (trainer().type().equals(LM) && program().isPresent()) {
            throw refuse(
                    "the trainer lm runs no command; leave trainer.type out, or the command", "trainer", "command");
        }
        select().ifPresent(select -> checkMetric(select.metric(), "select by", "select", "select"));
        checkPlain("up");
        checkPlain("down");
        checkTrack();
        checkFilters();
        WorkflowSettings workflow = workflow();
        if (workflow.deadline().isPresent() && workflow.minSites().isEmpty()) {
            throw refuse(
                    "workflow.sites gives a deadline and no min, so every site is waited for all the same; say how many"
                            + " are enough when it is over, such as min: 2",
                    "workflow",
                    "sites",
                    "deadline");
        }
        workflow.stop().ifPresent(stop -> checkMetric(stop.metric(), "stop by", "workflow.stop", "workflow", "stop"));
    }

    /** Where nothing is coded there is no quantizer whose options other keys could be. */
    private void checkPlain(String direction) {
        if (coding(direction).isEmpty()) {
            new Form(CoreKeys.DIRECTION.form().keys(), false).read("wire." + direction, direction(direction));
        }
    }

    /** Each tracker has a place of its own by its name. */
    private void checkTrack() {
        var names = new HashSet<String>();
        for (Section tracker : track()) {
            if (!names.add(tracker.type())) {
                throw tracker.refuse("track names '" + tracker.type() + "' twice; once is enough");
            }
        }
    }

    /** Filters have the last word on what an update holds. */
    private void checkFilters() {
        if (!filters().isEmpty()
                && codedUp().filter(CodingSettings::errorFeedback).isPresent()) {
            throw refuse(
                    "wire.up.errorFeedback adds what coding lost to an update after its filters, which takes back what they"
                            + " bound; leave out errorFeedback, or filters",
                    "wire",
                    "up",
                    "errorFeedback");
        }
    }

    /** What the trainer lm reports is known; of another one's metrics nothing is. */
    private void checkMetric(String metric, String verb, String section, String... path) {
        if (!trainer().type().equals(LM)) {
            return;
        }
        if (!METRICS.contains(metric)) {
            String[] key = Arrays.copyOf(path, path.length + 1);
            key[path.length] = "metric";
            throw refuse(
                    "there is no metric '" + metric + "' to " + verb + "; there are: " + String.join(", ", METRICS)
                            + Nearest.hint(metric, METRICS),
                    key);
        }
        if (metric.startsWith("validation")
                && data().flatMap(DataSettings::validate).isEmpty()) {
            throw refuse(
                    section + " needs " + metric + ", but no dataset is validated on; give data.validate, or leave "
                            + section + " out",
                    path);
        }
    }

    /** The checked values, with the defaults that depend on other keys. */
    private static Map<String, Object> effective(Tree.Mapping root) {
        var values = new LinkedHashMap<>(CoreKeys.JOB.read("", root));
        if (values.get("train") instanceof Map<?, ?> given) {
            var train = new LinkedHashMap<>(copy(given));
            if (train.containsKey("epochs") && train.containsKey("steps")) {
                throw placeIn(root, "train", "steps")
                        .refuse("train gives both epochs and steps; a round counts one of them, so remove the other");
            }
            if (!train.containsKey("steps")) {
                train.putIfAbsent("epochs", 1);
            }
            values.put("train", Collections.unmodifiableMap(train));
        }
        if (values.get("select") instanceof Map<?, ?> select) {
            values.put("select", withMode(select, "select.mode", placeIn(root, "select", "metric")));
        }
        if (values.get("workflow") instanceof Map<?, ?> given && given.get("stop") instanceof Map<?, ?> stop) {
            var workflow = new LinkedHashMap<>(copy(given));
            Place place = root.get("workflow")
                    .map(tree -> placeIn((Tree.Mapping) tree, "stop", "metric"))
                    .orElse(root.place());
            workflow.put("stop", withMode(stop, "workflow.stop.mode", place));
            values.put("workflow", Collections.unmodifiableMap(workflow));
        }
        return Collections.unmodifiableMap(values);
    }

    /** A metric whose name ends in loss is best when smallest. */
    private static Map<String, Object> withMode(Map<?, ?> given, String key, Place place) {
        var filled = new LinkedHashMap<>(copy(given));
        if (!filled.containsKey("mode")) {
            if (!text(given, "metric").endsWith("loss")) {
                throw place.refuse(key + " is missing; say whether '" + text(given, "metric")
                        + "' is best when smallest (min) or largest (max)");
            }
            filled.put("mode", "min");
        }
        return Collections.unmodifiableMap(filled);
    }

    private static Place placeIn(Tree.Mapping root, String section, String key) {
        return root.get(section)
                .map(tree -> tree instanceof Tree.Mapping mapping ? mapping.placeOf(key) : tree.place())
                .orElse(root.place());
    }

    /** A trainer with a command and no type is a process. */
    private static Tree.Mapping withTrainerOfACommand(Tree.Mapping root) {
        Optional<Tree.Mapping> trainer =
                root.get("trainer").filter(Tree.Mapping.class::isInstance).map(Tree.Mapping.class::cast);
        if (trainer.filter(section -> section.get("command").isPresent()
                        && section.get("type").isEmpty())
                .isEmpty()) {
            return root;
        }
        Place place = trainer.get().placeOf("command");
        Tree type = new Tree.Scalar(place, PROCESS, Tree.Scalar.Kind.TEXT);
        Tree.Mapping typed = trainer.get().with("type", new Tree.Entry(place, type));
        return root.with("trainer", new Tree.Entry(root.placeOf("trainer"), typed));
    }

    /** A section with single keys replaced, each keeping the line where it was written. */
    private static Tree.Entry merge(Tree.Mapping root, String key, Tree.Entry changes) {
        if (changes.value() instanceof Tree.Items) {
            return changes;
        }
        Tree section = root.get(key).orElseGet(() -> Tree.Mapping.empty(changes.place()));
        Tree.Mapping merged =
                section instanceof Tree.Mapping mapping ? mapping : CoreKeys.STRATEGY.mapping(key, section);
        var differing = ((Tree.Mapping) changes.value()).entries();
        if (key.equals("trainer") && (differing.containsKey("type") || differing.containsKey("command"))) {
            // Another trainer, or another program, has nothing to do with the options of the one it replaces.
            merged = Tree.Mapping.empty(changes.place());
        }
        if (key.equals("train") && (differing.containsKey("epochs") || differing.containsKey("steps"))) {
            merged = merged.without("epochs").without("steps");
        }
        for (var change : differing.entrySet()) {
            merged = merged.with(change.getKey(), change.getValue());
        }
        return new Tree.Entry(root.placeOf(key), merged);
    }

    private static OptimizerSettings optimizer(Map<?, ?> optimizer) {
        return text(optimizer, "type").equals("sgd")
                ? new OptimizerSettings.Sgd(number(optimizer, "weightDecay"))
                : new OptimizerSettings.AdamW(
                        number(optimizer, "beta1"),
                        number(optimizer, "beta2"),
                        number(optimizer, "epsilon"),
                        number(optimizer, "weightDecay"));
    }

    private static Map<?, ?> map(Map<?, ?> values, String key) {
        return (Map<?, ?>) values.get(key);
    }

    private static Map<String, Object> copy(Map<?, ?> values) {
        var copy = new LinkedHashMap<String, Object>();
        values.forEach((key, value) -> copy.put((String) key, value));
        return Collections.unmodifiableMap(copy);
    }

    private static String text(Map<?, ?> values, String key) {
        return (String) values.get(key);
    }

    private static List<String> words(Map<?, ?> values, String key) {
        return values.get(key) instanceof List<?> words
                ? words.stream().map(String.class::cast).toList()
                : List.of();
    }

    private static double number(Map<?, ?> values, String key) {
        return (Double) values.get(key);
    }

    private static OptionalInt count(Map<?, ?> values, String key) {
        return values.get(key) instanceof Integer count ? OptionalInt.of(count) : OptionalInt.empty();
    }

    private static <E extends Enum<E>> E constant(Class<E> type, Map<?, ?> values, String key) {
        return Enum.valueOf(type, text(values, key).toUpperCase(Locale.ROOT));
    }
}
