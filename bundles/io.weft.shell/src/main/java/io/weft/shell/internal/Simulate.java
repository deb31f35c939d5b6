package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.api.training.CheckpointFormat;
import io.weft.job.CompareSettings;
import io.weft.job.JobFile;
import io.weft.launch.Command;
import io.weft.lm.Datasets;
import io.weft.lm.LanguageModels;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.server.JobState;
import io.weft.simulate.Resumption;
import io.weft.simulate.Simulation;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.StoredRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
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
    private static final String RESUME = "--resume";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "simulate",
            "Runs a whole federation in this process: the server, every site, and the frames between them.",
            Optional.of("JOB"),
            false,
            List.of(
                    SiteFlags.SITES,
                    SiteFlags.SPLIT,
                    Flag.with(
                            OUT,
                            "DIR",
                            "the run's folder, which must be empty; without it, one in the home's data/jobs"),
                    Flag.with(
                            RESUME,
                            "ID",
                            "goes on with the run of that id, or in that folder, where it was; a JOB given with it must be"
                                    + " the one that the run began with"),
                    SiteFlags.PARALLEL,
                    Flag.alone(JSON, "prints one JSON object a line")),
            List.of(
                    "JOB is a job file (docs/job-file.md). The id of the run is the first line printed. The run's folder then holds"
                            + " job.yaml, state.json, events.jsonl, metrics.jsonl, summary.json, a model for every round, and result/.",
                    "A run that was interrupted (Ctrl-C), killed or failed has lost nothing: --resume goes on with it and ends with"
                            + " the same bytes as if nothing had happened, on the data, the base and the job file that it began"
                            + " with. What sites had delivered is not asked for again. A finished run is left as it is. While"
                            + " one process runs a job, others are refused and told which one that is.",
                    "Exit code: 0 finished, 1 failed, 2 refused before it began, 3 stopped or waiting, 130 interrupted."),
            List.of(
                    "weft simulate examples/quickstart/job.yaml",
                    "weft simulate job.yaml --split records.jsonl:5:0.3 --out runs/first",
                    "weft simulate --resume quickstart-20260131-101500"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ComponentServiceObjects<Simulation> simulations;
    private final ComponentServiceObjects<Resumption> resumptions;
    private final ComponentServiceObjects<LanguageModels> models;
    private final Datasets datasets;
    private final Plugins plugins;
    private final Path home;
    private final LongSupplier nanoseconds;

    /** Takes the simulation and the language models only when they are used. */
    @Activate
    public Simulate(
            @Reference ComponentServiceObjects<Simulation> simulations,
            @Reference ComponentServiceObjects<Resumption> resumptions,
            @Reference ComponentServiceObjects<LanguageModels> models,
            @Reference Datasets datasets,
            @Reference Plugins plugins,
            BundleContext context) {
        this(
                simulations,
                resumptions,
                models,
                datasets,
                plugins,
                Path.of(context.getProperty(Command.HOME)),
                System::nanoTime);
    }

    Simulate(
            ComponentServiceObjects<Simulation> simulations,
            ComponentServiceObjects<Resumption> resumptions,
            ComponentServiceObjects<LanguageModels> models,
            Datasets datasets,
            Plugins plugins,
            Path home,
            LongSupplier nanoseconds) {
        this.simulations = simulations;
        this.resumptions = resumptions;
        this.models = models;
        this.datasets = datasets;
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

    /** The runs in the home, of which most can be resumed. */
    @Override
    public List<String> known(String place) {
        Path jobs = home.resolve("data").resolve("jobs");
        if (!place.equals(RESUME) || !Files.isDirectory(jobs)) {
            return List.of();
        }
        try (Stream<Path> runs = Files.list(jobs)) {
            return runs.map(run -> run.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of(); // Completion is a help, not worth a complaint amid a line.
        }
    }

    @Override
    public boolean stays() {
        return true;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        Simulation simulation = simulations.getService();
        Resumption resumption = resumptions.getService();
        try {
            Optional<StoredRun> stored = stored(arguments, resumption);
            if (stored.isPresent() && isDone(stored.get())) {
                return alreadyDone(stored.get(), arguments, screen);
            }
            SimulationRequest request = stored.isPresent() ? stored.get().request() : request(arguments);
            Running running = stored.isPresent()
                    ? observer -> resumption.resume(stored.get(), observer)
                    : observer -> simulation.run(request, observer);
            return run(simulation, resumption, request, stored, running, arguments, screen);
        } finally {
            resumptions.ungetService(resumption);
            simulations.ungetService(simulation);
        }
    }

    /** A run from its beginning, or from where it was. */
    @FunctionalInterface
    private interface Running {
        SimulationResult run(JobObserver observer) throws IOException, InterruptedException;
    }

    private int run(
            Simulation simulation,
            Resumption resumption,
            SimulationRequest request,
            Optional<StoredRun> stored,
            Running running,
            Arguments arguments,
            Screen screen)
            throws IOException, InterruptedException {
        RunView view = view(arguments, screen);
        var standing = new Standing();
        SimulationResult result;
        try {
            result = run(running, view, standing);
            if (standing.started().isPresent()) {
                view.ended(result, standing);
                compareWithPlan(request, result, standing, arguments.has(JSON), screen);
            }
            List<String> sites = stored.map(StoredRun::sites).orElseGet(standing::sites);
            compare(new Comparing.Runs(simulation, resumption), request, result, sites, arguments.has(JSON), screen);
        } catch (Refusal e) {
            if (standing.started().isEmpty()) {
                throw e;
            }
            screen.err().println("weft: " + e.getMessage());
            sayHowToGoOn(standing, screen);
            return Command.FAILED;
        } catch (InterruptedException e) {
            sayHowToGoOn(standing, screen);
            throw e;
        }
        if (!arguments.has(JSON) && result.summary().state() == JobState.FINISHED) {
            NextSteps.after(result, request, datasets, screen).forEach(screen.out()::println);
        }
        return exit(result, standing, screen);
    }

    private SimulationRequest request(Arguments arguments) {
        if (arguments.operand().isEmpty()) {
            throw arguments.refused("JOB is missing; usage: " + MANUAL.usage());
        }
        Path file = arguments.operandPath();
        return SiteFlags.request(arguments, JobFile.read(file), file, arguments.path(OUT), home);
    }

    private Optional<StoredRun> stored(Arguments arguments, Resumption resumption) throws IOException {
        Optional<String> run = arguments.text(RESUME);
        if (run.isEmpty()) {
            return Optional.empty();
        }
        for (String flag : List.of(SiteFlags.SITES.name(), SiteFlags.SPLIT.name(), OUT)) {
            if (arguments.has(flag)) {
                throw arguments.refused("a run that is resumed keeps its folder and the data that it began with;"
                        + " leave " + flag + " out");
            }
        }
        StoredRun stored = resumption.find(run.get(), home);
        if (arguments.operand().isPresent()) {
            Path file = arguments.operandPath();
            stored.checkSame(JobFile.read(file).text(), file.toString());
        }
        return Optional.of(stored.with(arguments.count(SiteFlags.PARALLEL.name(), 1)));
    }

    private static boolean isDone(StoredRun run) {
        return run.state() == JobState.FINISHED
                && (run.request().job().compare().isEmpty() || Comparing.isDone(run.folder()));
    }

    private static int alreadyDone(StoredRun run, Arguments arguments, Screen screen) {
        if (arguments.has(JSON)) {
            screen.out().println(JsonView.ended(run.id(), run.state(), Optional.empty(), run.folder()));
        } else {
            screen.out()
                    .println(run.id() + " is finished already; its result lies in "
                            + run.folder().resolve("result"));
        }
        return Command.DONE;
    }

    /** What was begun is on disk, also when the comparison is all that is missing. */
    private static void sayHowToGoOn(Standing standing, Screen screen) {
        standing.started().ifPresent(run -> screen.err()
                .println("weft: nothing is lost; to go on: " + screen.command("simulate --resume " + run.job())));
    }

    private SimulationResult run(Running running, RunView view, Standing standing)
            throws IOException, InterruptedException {
        try {
            return running.run(showing(view, standing));
        } finally {
            view.stopped();
        }
    }

    private void compare(
            Comparing.Runs runs,
            SimulationRequest request,
            SimulationResult result,
            List<String> sites,
            boolean json,
            Screen screen)
            throws IOException, InterruptedException {
        Optional<CompareSettings> settings = request.job().compare();
        if (settings.isEmpty() || result.summary().state() != JobState.FINISHED) {
            return;
        }
        try (Lease<CheckpointFormat> format = Formats.of(result.base().orElseThrow(), plugins);
                Strategies strategies = new Strategies(plugins)) {
            LanguageModels service = models.getService();
            try {
                Comparison comparison = new Comparing(
                                runs,
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

    private static int exit(SimulationResult result, Standing standing, Screen screen) {
        if (result.summary().state() == JobState.FINISHED) {
            return Command.DONE;
        }
        screen.err()
                .println("weft: " + result.summary().job() + " is "
                        + result.summary().state()
                        + result.reason().map(reason -> ": " + reason).orElse(""));
        sayHowToGoOn(standing, screen);
        return result.summary().state() == JobState.FAILED ? Command.FAILED : STOPPED;
    }
}
