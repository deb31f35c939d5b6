package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.api.training.CheckpointFormat;
import io.weft.job.CompareSettings;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.launch.Command;
import io.weft.lm.LanguageModels;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.server.JobState;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code weft simulate}: a whole federation in this JVM. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=simulate"})
public final class Simulate implements ShellCommand {

    private static final String OUT = "--out";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "simulate",
            "Runs a whole federation in this process: the server, every site, and the frames between them.",
            Optional.of("JOB"),
            true,
            List.of(
                    SiteFlags.SITES,
                    SiteFlags.SPLIT,
                    Flag.with(
                            OUT,
                            "DIR",
                            "the run's folder, which must be empty; without it, one in the home's data/jobs"),
                    SiteFlags.PARALLEL,
                    Flag.alone(JSON, "prints one JSON object a line")),
            List.of(
                    "JOB is a job file (docs/job-file.md). The id of the run is the first line printed. The run's folder then holds"
                            + " job.yaml, state.json, events.jsonl, metrics.jsonl, summary.json, a model for every round, and result/.",
                    "Exit code: 0 finished, 1 failed, 2 refused before it began, 3 stopped or waiting, 130 interrupted."),
            List.of(
                    "weft simulate examples/quickstart/job.yaml",
                    "weft simulate job.yaml --split records.jsonl:5:0.3 --out runs/first"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ComponentServiceObjects<Simulation> simulations;
    private final ComponentServiceObjects<LanguageModels> models;
    private final Plugins plugins;
    private final Path home;
    private final LongSupplier nanoseconds;

    /** Takes the simulation and the language models only when they are used. */
    @Activate
    public Simulate(
            @Reference ComponentServiceObjects<Simulation> simulations,
            @Reference ComponentServiceObjects<LanguageModels> models,
            @Reference Plugins plugins,
            BundleContext context) {
        this(simulations, models, plugins, Path.of(context.getProperty(Command.HOME)), System::nanoTime);
    }

    Simulate(
            ComponentServiceObjects<Simulation> simulations,
            ComponentServiceObjects<LanguageModels> models,
            Plugins plugins,
            Path home,
            LongSupplier nanoseconds) {
        this.simulations = simulations;
        this.models = models;
        this.plugins = plugins;
        this.home = home;
        this.nanoseconds = nanoseconds;
    }

    /** The Gogo command. */
    public void simulate(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        Path file = arguments.operandPath();
        Job job = JobFile.read(file);
        SimulationRequest request = SiteFlags.request(arguments, job, file, arguments.path(OUT), home);
        RunView view = view(arguments, screen);
        var standing = new Standing();
        Simulation simulation = simulations.getService();
        SimulationResult result;
        try {
            result = run(simulation, request, view, standing);
            view.ended(result, standing);
            compareWithPlan(request, result, standing, arguments.has(JSON), screen);
            compare(simulation, request, result, standing, arguments.has(JSON), screen);
        } catch (Refusal e) {
            if (standing.started().isEmpty()) {
                throw e;
            }
            screen.err().println("weft: " + e.getMessage());
            return Command.FAILED;
        } finally {
            simulations.ungetService(simulation);
        }
        if (!arguments.has(JSON) && result.summary().state() == JobState.FINISHED) {
            NextSteps.after(result, request).forEach(screen.out()::println);
        }
        return exit(result, screen);
    }

    private SimulationResult run(Simulation simulation, SimulationRequest request, RunView view, Standing standing)
            throws IOException, InterruptedException {
        try {
            return simulation.run(request, showing(view, standing));
        } finally {
            view.stopped();
        }
    }

    private void compare(
            Simulation simulation,
            SimulationRequest request,
            SimulationResult result,
            Standing standing,
            boolean json,
            Screen screen)
            throws IOException, InterruptedException {
        Optional<CompareSettings> settings = request.job().compare();
        if (settings.isEmpty() || result.summary().state() != JobState.FINISHED) {
            return;
        }
        List<String> sites = standing.started().orElseThrow().sites();
        try (Lease<CheckpointFormat> format = Formats.of(result.base().orElseThrow(), plugins);
                Strategies strategies = new Strategies(plugins)) {
            LanguageModels service = models.getService();
            try {
                Comparison comparison = new Comparing(
                                simulation,
                                service,
                                format.plugin(),
                                strategies.all(),
                                json ? note -> {} : screen.out()::println)
                        .compare(request, result, sites, settings.get());
                (json ? List.of(comparison.json().toString()) : comparison.lines()).forEach(screen.out()::println);
            } finally {
                models.ungetService(service);
            }
        }
    }

    /** A plan that was made for this run is held against what it took. */
    private static void compareWithPlan(
            SimulationRequest request, SimulationResult result, Standing standing, boolean json, Screen screen)
            throws IOException {
        Optional<RunCost> planned = RunCost.planned(request);
        Optional<RunCost> was = RunCost.of(result, standing);
        if (planned.isEmpty() || was.isEmpty() || result.summary().state() != JobState.FINISHED) {
            return;
        }
        if (json) {
            ObjectNode object = MAPPER.createObjectNode();
            object.set("planned", planned.get().json());
            object.set("was", was.get().json());
            screen.out().println(object);
        } else {
            screen.out().println();
            was.get().comparedWith(planned.get()).forEach(screen.out()::println);
        }
    }

    private JobObserver showing(RunView view, Standing standing) {
        return new JobObserver() {
            @Override
            public synchronized void happened(JobEvent event) {
                double now = nanoseconds.getAsLong() / 1e9;
                standing.happened(event, now);
                view.happened(event, standing, now);
            }
        };
    }

    private static RunView view(Arguments arguments, Screen screen) {
        if (arguments.has(JSON)) {
            return new JsonView(screen.out());
        }
        return screen.terminal() ? new LiveView(screen) : new PlainView(screen.out());
    }

    private static int exit(SimulationResult result, Screen screen) {
        if (result.summary().state() == JobState.FINISHED) {
            return Command.DONE;
        }
        screen.err()
                .println("weft: " + result.summary().job() + " is "
                        + result.summary().state()
                        + result.reason().map(reason -> ": " + reason).orElse(""));
        return result.summary().state() == JobState.FAILED ? Command.FAILED : STOPPED;
    }
}
