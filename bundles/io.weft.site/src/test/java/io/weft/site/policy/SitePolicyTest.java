package io.weft.site.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.job.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SitePolicyTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "../../docs/site.md");

    private static final Pattern BLOCK =
            Pattern.compile("(<!-- keys: ?([a-z.]*?) ?-->\n)(.*?)(<!-- end -->\n)", Pattern.DOTALL);

    private static final Identity LEAD = Identity.admin("lead@example.org", "north", Role.LEAD);

    private static final Job ADAPTER = JobFile.parse("""
            name: clinics-dolly
            workflow: {rounds: 2}
            model: {base: smollm2}
            strategy: lora
            data: {train: dolly, validate: dolly-eval}
            train: {lr: 1.0e-3}
            """, "job.yaml");

    private static final Job PROGRAM = JobFile.parse("""
            name: mine
            workflow: {rounds: 2}
            model: {backend: weights, base: initial.safetensors}
            trainer: {command: [python3, train.py]}
            """, "job.yaml");

    private static Job with(String more) {
        return JobFile.parse(ADAPTER.text() + more, "job.yaml");
    }

    @TempDir
    Path home;

    @Test
    void takesModelsFromTheServerUnlessItSaysOtherwise() {
        assertEquals(Optional.empty(), SitePolicy.parse("jobs: [a]").objectionToSharedModels());
        assertEquals(
                Optional.of("conf/policy.yaml:2: sharedModels is false, so this site takes no base from the server"),
                SitePolicy.parse("jobs: [a]\nsharedModels: false").objectionToSharedModels());
    }

    @Test
    void withoutAFileEveryJobRunsThatBringsNoProgram() {
        SitePolicy policy = SitePolicy.of(home);

        assertEquals(new Verdict.Accepted(), policy.decide(ADAPTER, LEAD));
        assertEquals(
                new Verdict.Refused(
                        "the site's policy lets no job bring a program, and this one runs 'python3'; the site may name it"
                                + " in conf/policy.yaml: programs: ['python3']"),
                policy.decide(PROGRAM, LEAD));
    }

    @Test
    void theFileIsReadFromTheHome() throws IOException {
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/policy.yaml"), "# the house's rules\nprograms: [python3, torchrun]\n");

        assertEquals(new Verdict.Accepted(), SitePolicy.of(home).decide(PROGRAM, LEAD));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jobs: [clinics-*]",
                "jobs: clinics-d?lly",
                "submitters: {names: ['*@example.org'], organisations: [north], roles: [lead, project_admin]}",
                "datasets: [dolly, dolly-eval]",
                "strategies: [lora, ia3]",
                "trainers: lm",
                "backends: [hf]",
                "workflows: [fedavg]",
                "aggregators: [median, fedavg]",
                "approval: programs",
                ""
            })
    void accepts(String policy) {
        assertEquals(new Verdict.Accepted(), SitePolicy.parse(policy).decide(ADAPTER, LEAD));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "jobs: [clinics]                | the job 'clinics-dolly'; accepted: clinics",
                "jobs: [clinics.dolly]          | the job 'clinics-dolly'; accepted: clinics.dolly",
                "submitters: {names: [lead]}    | a submitter 'lead@example.org'; accepted: lead",
                "submitters: {organisations: [south, west]} | a submitter of 'north'; accepted: south, west",
                "submitters: {roles: [project_admin]} | a submitter who is 'lead'; accepted: project_admin",
                "datasets: [dolly]              | the dataset 'dolly-eval'; accepted: dolly",
                "strategies: [sft]              | the strategy 'lora'; accepted: sft",
                "strategies: []                 | the strategy 'lora'; accepted: none",
                "trainers: [process]            | the trainer 'lm'; accepted: process",
                "backends: [nemo]               | the backend 'hf'; accepted: nemo",
                "workflows: [cyclic]            | the workflow 'fedavg'; accepted: cyclic",
                "aggregators: [median]          | the aggregator 'fedavg'; accepted: median",
            })
    void refusesWithTheLineOfThePolicy(String policy, String reason) {
        assertEquals(
                new Verdict.Refused("conf/policy.yaml:2: this site does not accept " + reason),
                SitePolicy.parse("# house rules\n" + policy).decide(ADAPTER, LEAD));
    }

    @Test
    void aProgramThatIsNotNamedDoesNotRun() {
        assertEquals(
                new Verdict.Refused(
                        "conf/policy.yaml:1: this site does not accept the program 'python3'; accepted: torchrun"),
                SitePolicy.parse("programs: [torchrun]").decide(PROGRAM, LEAD));
    }

    @Test
    void someJobsWaitForAPerson() {
        SitePolicy always = SitePolicy.parse("approval: always\nstrategies: [lora]\n");
        SitePolicy programs = SitePolicy.parse("programs: [python3]\napproval: programs\n");

        assertEquals(
                new Verdict.NeedsApproval("conf/policy.yaml:1: approval is always, so a person at the site decides"),
                always.decide(ADAPTER, LEAD));
        assertInstanceOf(Verdict.NeedsApproval.class, programs.decide(PROGRAM, LEAD));
        assertInstanceOf(Verdict.Accepted.class, programs.decide(ADAPTER, LEAD));
        assertInstanceOf(
                Verdict.Refused.class,
                SitePolicy.parse("approval: always\nstrategies: [sft]\n").decide(ADAPTER, LEAD),
                "nobody is asked about what may not run anyway");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "strategy: [lora] | conf/policy.yaml:1: unknown key 'strategy'; did you mean 'strategies'? (known: jobs, submitters, datasets, workflows, backends, strategies, trainers, aggregators, filters, programs, sharedModels, approval)",
                "filters: [clip] | conf/policy.yaml:1: filters is a list of 1; allowed: a mapping with the keys accept, apply",
                "filters: {aply: [clip]} | conf/policy.yaml:1: unknown key 'aply' in filters; did you mean 'apply'? (known: accept, apply)",
                "filters: {apply: [clip, clip]} | conf/policy.yaml:1: filters.apply names 'clip' twice; once is enough",
                "approval: yes | conf/policy.yaml:1: approval is 'yes'; allowed: never, programs, always",
                "submitters: {roles: [leader]} | conf/policy.yaml:1: submitters.roles is 'leader'; allowed: project_admin, org_admin, lead, member; did you mean 'lead'?",
            })
    void refusesWhatIsNotRight(String policy, String message) {
        assertEquals(
                message,
                assertThrows(Refusal.class, () -> SitePolicy.parse(policy)).getMessage());
    }

    @Test
    void aFilterThatIsNotAcceptedRefusesTheJob() {
        SitePolicy policy = SitePolicy.parse("filters:\n  accept: [exclude, noise]\n");

        assertEquals(
                new Verdict.Refused(
                        "conf/policy.yaml:2: this site does not accept the filter 'clip'; accepted: exclude, noise"),
                policy.decide(with("filters: [{type: clip, norm: 1}]\n"), LEAD));
        assertInstanceOf(Verdict.Accepted.class, policy.decide(with("filters: [exclude]\n"), LEAD));
        assertInstanceOf(Verdict.Accepted.class, policy.decide(ADAPTER, LEAD), "none is asked for");
        assertInstanceOf(
                Verdict.Accepted.class,
                SitePolicy.parse("filters: {apply: [clip]}").decide(with("filters: [noise]\n"), LEAD),
                "all are accepted where none is named");
    }

    @Test
    void whatTheSiteAppliesComesInItsOrderWithItsLine() {
        List<Section> applied = SitePolicy.parse("filters:\n  apply:\n    - exclude\n    - {type: clip, norm: 1}\n")
                .appliedFilters();

        assertEquals(
                List.of("filters.apply.exclude", "filters.apply.clip"),
                applied.stream().map(Section::key).toList());
        assertEquals("conf/policy.yaml:4", applied.get(1).where());
        assertEquals(List.of(), SitePolicy.parse("filters: {accept: clip}").appliedFilters());
    }

    @Test
    void whatIsAddedAfterItsFiltersIsNotAccepted() {
        Job fedBack = with("wire: {up: {quantizer: nf4, errorFeedback: true}}\n");

        assertEquals(
                new Verdict.Refused("conf/policy.yaml:1: this site filters what leaves it, and accepts no job with"
                        + " wire.up.errorFeedback, which adds to an update after its filters"),
                SitePolicy.parse("filters: {apply: [clip]}").decide(fedBack, LEAD));
        assertInstanceOf(
                Verdict.Accepted.class,
                SitePolicy.parse("filters: {accept: [clip]}").decide(fedBack, LEAD));
    }

    /** With -Dweft.docs=write the tables are written instead of checked. */
    @Test
    void thePageHoldsWhatTheCodeDeclares() throws IOException {
        String text = Files.readString(PAGE);
        Map<String, String> tables = tables();
        String expected = BLOCK.matcher(text)
                .replaceAll(block -> Matcher.quoteReplacement(
                        block.group(1) + tables.getOrDefault(block.group(2), "no such section\n") + block.group(4)));

        if ("write".equals(System.getProperty("weft.docs"))) {
            Files.writeString(PAGE, expected);
        } else {
            assertEquals(expected, text, "run mvn -pl bundles/io.weft.site -am test -Dweft.docs=write");
        }
        assertEquals(
                tables.keySet(),
                BLOCK.matcher(text)
                        .results()
                        .map(block -> block.group(2))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static Map<String, String> tables() {
        return SitePolicy.tables();
    }
}
