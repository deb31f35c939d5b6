package io.weft.site.policy;

import io.weft.identity.Role;
import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType;
import io.weft.job.form.ValueType.Flag;
import io.weft.job.form.ValueType.Section;
import io.weft.job.form.ValueType.Sections;
import io.weft.job.form.ValueType.Text;
import io.weft.job.form.ValueType.TextsOf;
import io.weft.job.form.ValueType.Word;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every key of a site's policy. */
final class PolicyKeys {

    static final String SHARED_MODELS = "sharedModels";

    static final String APPROVAL_NEVER = "never";
    static final String APPROVAL_PROGRAMS = "programs";
    static final String APPROVAL_ALWAYS = "always";

    private static final ValueType PATTERNS = new TextsOf(new Text(
            "a name, in which * stands for any characters and ? for one",
            Pattern.compile("[A-Za-z0-9._*?+@ -]{1,64}")));

    private static final ValueType NAMES = new TextsOf(Text.NAME);

    private static final Section SUBMITTERS = new Section(
            Form.of(
                    Key.optional("names", PATTERNS, "anybody", "Who may have submitted the job."),
                    Key.optional("organisations", new TextsOf(Text.ANY), "any", "Whose the submitter may be."),
                    Key.optional("roles", new TextsOf(new Word(Role.words())), "any", "What the submitter may be.")),
            Optional.empty());

    static final String FILTERS = "filters";
    static final String APPLY = "apply";

    private static final Section FILTER =
            new Section(Form.withOptions(Key.required("type", Text.NAME, "The filter plugin.")), Optional.of("type"));

    static final Sections APPLIED = new Sections(FILTER);

    private static final Section FILTER_SETTINGS = new Section(
            Form.of(
                    Key.optional("accept", NAMES, "all", "The filters that jobs may bring."),
                    Key.optional(
                            APPLY,
                            APPLIED,
                            "none",
                            "What this site does to every update of every job, after the job's own filters, in this order.")),
            Optional.empty());

    /** The whole file. */
    static final Form POLICY = Form.of(
            Key.optional("jobs", PATTERNS, "all", "The names of jobs that may run here."),
            Key.optional("submitters", SUBMITTERS, "all admins of the project", "Whose jobs may run here."),
            Key.optional("datasets", PATTERNS, "all of the site's catalogue", "The datasets that jobs may use."),
            Key.optional("workflows", NAMES, "all", "The workflows that jobs may have."),
            Key.optional("backends", NAMES, "all", "The checkpoint formats of jobs' bases."),
            Key.optional("strategies", NAMES, "all", "The strategies that jobs may train with."),
            Key.optional("trainers", NAMES, "all", "The trainers that jobs may have."),
            Key.optional(
                    "aggregators", NAMES, "all", "The aggregators that may fold this site's updates with others'."),
            Key.optional(
                    FILTERS,
                    FILTER_SETTINGS,
                    "all, and none of the site's own",
                    "Which filters jobs may bring, and those that the site applies itself."),
            Key.optional(
                    "programs",
                    new TextsOf(Text.ANY),
                    "none",
                    "The first words of `trainer.command` that may run here, such as `python3`; a job whose program is not named does not run."),
            Key.preset(
                    SHARED_MODELS,
                    new Flag(),
                    true,
                    "Whether a base that the site lacks may come from the server, for jobs with `model.share`."),
            Key.preset(
                    "approval",
                    new Word(List.of(APPROVAL_NEVER, APPROVAL_PROGRAMS, APPROVAL_ALWAYS)),
                    APPROVAL_NEVER,
                    "Which jobs, of those that the other keys let pass, wait for a person (`weft approve ID`): none, those that bring a program, or all."));

    private PolicyKeys() {}
}
