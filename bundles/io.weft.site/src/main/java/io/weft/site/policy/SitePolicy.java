package io.weft.site.policy;

import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.job.CodingSettings;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.ProgramSettings;
import io.weft.job.Reference;
import io.weft.job.Section;
import io.weft.job.form.Place;
import io.weft.job.form.Tree;
import io.weft.job.form.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a site accepts, whatever the server says: {@code conf/policy.yaml}. Without the file, every job of the project's admins runs,
 * but for those that bring a program of their own.
 */
public final class SitePolicy {

    /** Where it lies in a home. */
    public static final Path FILE = Path.of("conf", "policy.yaml");

    private static final String APPLIED = PolicyKeys.FILTERS + "." + PolicyKeys.APPLY;

    private static final YamlFile KIND = new YamlFile("policy", "policy", "strategies: [lora]", Optional.empty());

    private final Tree.Mapping root;
    private final Map<String, Object> values;
    private final List<Section> applied;

    private SitePolicy(Tree.Mapping root) {
        this.root = root;
        this.values = PolicyKeys.POLICY.read("", root);
        this.applied = applied(root);
    }

    /**
     * Reads a home's policy.
     *
     * @throws io.weft.api.plugin.Refusal with file and line when it is not right
     */
    public static SitePolicy of(Path home) {
        Path file = home.resolve(FILE);
        return Files.exists(file)
                ? new SitePolicy(KIND.parse(KIND.text(file), FILE.toString()))
                : new SitePolicy(Tree.Mapping.empty(new Place(FILE.toString(), 1)));
    }

    /**
     * Reads the text of a policy.
     *
     * @throws io.weft.api.plugin.Refusal with file and line when it is not right
     */
    public static SitePolicy parse(String text) {
        return new SitePolicy(KIND.parse(text, FILE.toString()));
    }

    /** The reference of a policy's keys: a Markdown table for every section, by the section's path. */
    public static Map<String, String> tables() {
        return Reference.tables(PolicyKeys.POLICY);
    }

    /**
     * Decides on a job.
     *
     * @param job as this site would run it, with the site's overrides
     */
    public Verdict decide(Job job, Identity submitter) {
        Optional<String> reason = refused("jobs", "the job", job.name())
                .or(() -> submitterRefused(submitter))
                .or(() -> refused("workflows", "the workflow", job.workflow().type()))
                .or(() -> refused("backends", "the backend", job.model().backend()))
                .or(() -> job.strategy().flatMap(section -> refused("strategies", "the strategy", section.type())))
                .or(() -> refused("trainers", "the trainer", job.trainer().type()))
                .or(() -> refused(
                        "aggregators", "the aggregator", job.aggregator().type()))
                .or(() -> filterRefused(job))
                .or(() -> job.data().flatMap(this::datasetRefused))
                .or(() -> job.program().flatMap(this::programRefused));
        return reason.isPresent() ? new Verdict.Refused(reason.get()) : approved(job);
    }

    /** What the site does to every update, after the job's own filters, in order. */
    public List<Section> appliedFilters() {
        return applied;
    }

    private static List<Section> applied(Tree.Mapping root) {
        return root.get(PolicyKeys.FILTERS)
                .map(Tree.Mapping.class::cast)
                .flatMap(filters -> filters.get(PolicyKeys.APPLY))
                .map(list -> Section.filters(APPLIED, PolicyKeys.APPLIED.mappings(APPLIED, list)))
                .orElse(List.of());
    }

    /** Why no base may come from the server; empty when one may. */
    public Optional<String> objectionToSharedModels() {
        return (Boolean) values.get(PolicyKeys.SHARED_MODELS)
                ? Optional.empty()
                : Optional.of(root.placeOf(PolicyKeys.SHARED_MODELS) + ": " + PolicyKeys.SHARED_MODELS
                        + " is false, so this site takes no base from the server");
    }

    private Verdict approved(Job job) {
        String approval = (String) values.get("approval");
        boolean waits = approval.equals(PolicyKeys.APPROVAL_ALWAYS)
                || (approval.equals(PolicyKeys.APPROVAL_PROGRAMS)
                        && job.program().isPresent());
        return waits
                ? new Verdict.NeedsApproval(
                        root.placeOf("approval") + ": approval is " + approval + ", so a person at the site decides")
                : new Verdict.Accepted();
    }

    private Optional<String> submitterRefused(Identity submitter) {
        return refused("submitters", "names", "a submitter", submitter.name())
                .or(() -> refused("submitters", "organisations", "a submitter of", submitter.organisation()))
                .or(() -> refused(
                        "submitters",
                        "roles",
                        "a submitter who is",
                        submitter.role().map(Role::word).orElse("no admin")));
    }

    private Optional<String> datasetRefused(DataSettings data) {
        List<String> used = new ArrayList<>(List.of(data.train()));
        data.validate().ifPresent(used::add);
        return used.stream()
                .map(name -> refused("datasets", "the dataset", name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** The site's own filters have the last word on what leaves it. */
    private Optional<String> filterRefused(Job job) {
        return job.filters().stream()
                .map(filter -> refused(PolicyKeys.FILTERS, "accept", "the filter", filter.type()))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> applied.isEmpty()
                                || job.codedUp()
                                        .filter(CodingSettings::errorFeedback)
                                        .isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                applied.get(0).where() + ": this site filters what leaves it, and accepts no job with"
                                        + " wire.up.errorFeedback, which adds to an update after its filters"));
    }

    /** What is not named may not run, also where nothing is named. */
    private Optional<String> programRefused(ProgramSettings program) {
        String first = program.command().get(0);
        if (!values.containsKey("programs")) {
            return Optional.of("the site's policy lets no job bring a program, and this one runs '" + first
                    + "'; the site may name it in conf/policy.yaml: programs: ['" + first + "']");
        }
        return refused("programs", "the program", first);
    }

    private Optional<String> refused(String key, String what, String found) {
        return accepts(values.get(key), found) ? Optional.empty() : Optional.of(reason(root, key, what, found, values));
    }

    private Optional<String> refused(String section, String key, String what, String found) {
        if (!(values.get(section) instanceof Map<?, ?> given) || accepts(given.get(key), found)) {
            return Optional.empty();
        }
        Tree.Mapping mapping = root.get(section).map(Tree.Mapping.class::cast).orElse(root);
        return Optional.of(reason(mapping, key, what, found, given));
    }

    private static boolean accepts(Object patterns, String found) {
        return !(patterns instanceof List<?> all)
                || all.stream()
                        .anyMatch(pattern ->
                                regex((String) pattern).matcher(found).matches());
    }

    private static String reason(Tree.Mapping at, String key, String what, String found, Map<?, ?> given) {
        List<?> accepted = (List<?>) given.get(key);
        return at.placeOf(key) + ": this site does not accept " + what + " '" + found + "'; accepted: "
                + (accepted.isEmpty()
                        ? "none"
                        : String.join(
                                ", ", accepted.stream().map(String::valueOf).toList()));
    }

    private static Pattern regex(String pattern) {
        String regex = pattern.codePoints()
                .mapToObj(point -> switch (point) {
                    case '*' -> ".*";
                    case '?' -> ".";
                    default -> Pattern.quote(Character.toString(point));
                })
                .collect(Collectors.joining());
        return Pattern.compile(regex);
    }
}
