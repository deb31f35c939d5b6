package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.launch.Command;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.server.Figures;
import io.weft.simulate.Planner;
import io.weft.simulate.RunPlan;
import io.weft.simulate.SimulationRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft plan}: what a job will take, before it runs. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=plan"})
public final class Plan implements ShellCommand {

    private static final String JSON = "--json";
    private static final String LM = "lm";

    private static final Manual MANUAL = new Manual(
            "plan",
            "Measures what a job will take on this machine: bytes each way, time and memory.",
            Optional.of("JOB"),
            true,
            List.of(
                    SiteFlags.SITES,
                    SiteFlags.SPLIT,
                    SiteFlags.PARALLEL,
                    Flag.alone(JSON, "prints the plan as one JSON object")),
            List.of(
                    "Two rounds of three steps run with a few records of two sites, in a folder that is removed again; what the"
                            + " second took is scaled to every site's records. Times hold for a machine that is as busy as now;"
                            + " memory is the peak of those rounds and what it grew by from step to step, continued to the last step; a"
                            + " fifth more or less is usual.",
                    "The plan is kept in the home, and 'weft simulate' with the same job, sites and flags compares itself with it.",
                    "Exit code: 0 planned, 1 failed, 2 refused before it began, 130 interrupted."),
            List.of("weft plan examples/quickstart/job.yaml", "weft plan job.yaml --split records.jsonl:5"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ComponentServiceObjects<Planner> planners;
    private final Datasets datasets;
    private final Path home;

    @Activate
    public Plan(
            @Reference ComponentServiceObjects<Planner> planners, @Reference Datasets datasets, BundleContext context) {
        this(planners, datasets, Path.of(context.getProperty(Command.HOME)));
    }

    Plan(ComponentServiceObjects<Planner> planners, Datasets datasets, Path home) {
        this.planners = planners;
        this.datasets = datasets;
        this.home = home;
    }

    /** The Gogo command. */
    public void plan(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        Path file = arguments.operandPath();
        SimulationRequest request = SiteFlags.request(arguments, JobFile.read(file), file, Optional.empty(), home);
        Planner planner = planners.getService();
        RunPlan plan;
        try {
            plan = planner.plan(request, this::records);
        } finally {
            planners.ungetService(planner);
        }
        RunCost.of(plan).keep(request);
        if (arguments.has(JSON)) {
            screen.out().println(json(plan));
        } else {
            print(plan, screen.out());
        }
        return Command.DONE;
    }

    /** What the records of another trainer than ours look like, nobody knows here: each line is one. */
    private long records(Job job, Path file) throws IOException {
        if (!job.trainer().type().equals(LM)) {
            try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
                return lines.filter(line -> !line.isBlank()).count();
            }
        }
        Optional<String> template = job.data().flatMap(DataSettings::template);
        return datasets.describe(new DatasetRequest(List.of(file), template, OptionalInt.empty()), Optional.empty())
                .records();
    }

    private static void print(RunPlan plan, PrintStream out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("site", "records", "trained in", "validated", "validated in"));
        plan.sites()
                .forEach((site, share) -> rows.add(List.of(
                        site,
                        Figures.whole(share.records()),
                        Figures.duration(share.trainSeconds()),
                        Figures.whole(share.validated()),
                        Figures.duration(share.validateSeconds()))));
        Table.aligned(rows, column -> column == 0).forEach(out::println);
        out.println();
        RunCost cost = RunCost.of(plan);
        out.println("a round      " + Figures.duration(cost.roundSeconds()) + ", " + Figures.bytes(cost.bytesUp())
                + " up, " + Figures.bytes(cost.bytesDown()) + " down");
        out.println(plan.rounds() + (plan.rounds() == 1 ? " round      " : " rounds     ")
                + Figures.duration(cost.seconds()) + " with set-up and closing validation");
        cost.memory().ifPresent(memory -> out.println("memory       about " + Figures.bytes(memory)));
    }

    private static ObjectNode json(RunPlan plan) {
        ObjectNode object = RunCost.of(plan).json().put("rounds", plan.rounds());
        ObjectNode sites = object.putObject("sites");
        plan.sites()
                .forEach((site, share) -> sites.set(
                        site,
                        MAPPER.createObjectNode()
                                .put("records", share.records())
                                .put("trainSeconds", share.trainSeconds())
                                .put("validated", share.validated())
                                .put("validateSeconds", share.validateSeconds())));
        return object;
    }
}
