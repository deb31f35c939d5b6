package io.weft.site;

import io.weft.api.exchange.Quantizer;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.api.training.Task;
import io.weft.api.training.Trainer;
import io.weft.api.training.Training;
import io.weft.api.training.TrainingSetup;
import io.weft.exchange.Cancellation;
import io.weft.exchange.CarriedFiles;
import io.weft.exchange.Exchanged;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Transfer;
import io.weft.exchange.coding.CodedModel;
import io.weft.exchange.coding.Coding;
import io.weft.job.CodingSettings;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.ProgramSettings;
import io.weft.job.Section;
import io.weft.job.WireSettings;
import io.weft.plugins.JobScope;
import io.weft.plugins.PluginCode;
import io.weft.plugins.Plugins;
import io.weft.tensor.FileProblem;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One job at this site, from its preparation to its end. Used by one thread at a time, but for {@link #open(String)}. */
final class SiteJob implements AutoCloseable {

    private static final String FILES = "files";

    private static final String FIRST_MODEL = "first-model";
    private static final String UPDATE = "update-";

    /** No name by which the server can pull it. */
    private static final String UNFILTERED = "unfiltered-";

    private static final String SUFFIX = ".safetensors";

    /** What is done with the trainer. */
    @FunctionalInterface
    private interface Work {
        Message.TaskDone with(Training training) throws IOException, InterruptedException;
    }

    private final Job job;
    private final SiteSetup setup;
    private final Link link;
    private final SiteFolder folder;
    private final JobScope.Place place;
    private final TaskWatch watch;
    private final TrainingSetup given;
    private final Manifest manifest;
    private final List<TensorSpec> exchanged;
    private final String id;
    private final List<Section> filters;
    private final Map<String, CodedModel> coded = new ConcurrentHashMap<>();
    private JobScope scope;
    private Optional<Training> training;

    private SiteJob(
            String id,
            Job whole,
            SiteSetup setup,
            Plugins plugins,
            Link link,
            SiteFolder folder,
            JobScope.Place place,
            Optional<Path> base,
            List<Section> applied,
            Cancellation cancellation)
            throws IOException, InterruptedException {
        this.id = id;
        this.job = whole.forSite(setup.name());
        this.filters = Stream.concat(job.filters().stream(), applied.stream()).toList();
        this.setup = setup;
        this.link = link;
        this.folder = folder;
        this.place = place;
        this.watch = new TaskWatch(id, link, setup.catalogue());
        this.given = new TrainingSetup(
                Templates.applied(job, setup.catalogue()),
                base,
                datasets(job, setup),
                setup.slots().size(),
                Optional.of(new TrainingSetup.Workplace(
                        setup.programs().apply(id).resolve("work"),
                        folder.scratch("program"),
                        Optional.of(folder.scratch(FILES)).filter(Files::isDirectory),
                        setup.catalogue().folder())),
                setup.catalogue().baseName(job));
        watch.task(cancellation);
        this.scope = new JobScope(plugins, place, job, watch);
        this.training = Optional.empty();
        try {
            scope.hold(needed());
            coding(job.codedUp());
            coding(job.codedDown());
            UpdateFilters checked = filters();
            Training opened = opened(cancellation);
            this.training = Optional.of(opened);
            this.manifest = opened.manifest();
            this.exchanged = Exchanged.tensors(manifest.tensors());
            checked.check(exchanged);
            noteWithoutValidation();
            if (!applied.isEmpty()) {
                watch.noted("its policy applies filters to every update, after the job's own: "
                        + applied.stream().map(Section::type).collect(Collectors.joining(", ")));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
        folder.finished()
                .map(FinishedTask::done)
                .filter(done -> done.coded().bytes().size() == exchanged.size())
                .ifPresent(done ->
                        coded.put(done.update(), CodedModel.kept(codedFile(done.update()), done.coded(), exchanged)));
    }

    /**
     * Gets ready: looks up what the job needs and opens its trainer.
     *
     * @param asked what travels with the job, and the round whose plugins' states must be here, because the job goes on from them
     * @param shared the base, where it came from the server
     */
    static SiteJob open(
            Message.Prepare asked,
            Job whole,
            SiteSetup setup,
            Plugins plugins,
            Link link,
            Optional<Path> shared,
            Cancellation cancellation)
            throws IOException, InterruptedException {
        String id = asked.job();
        int kept = asked.kept();
        Job own = whole.forSite(setup.name());
        List<Section> applied = setup.admission().appliedFilters();
        SiteFolder folder = SiteFolder.open(setup.work().resolve(id), asked.jobFile(), applied);
        JobScope.Place place = new JobScope.Place(id, Optional.of(setup.name()), whole.seed(), folder.states());
        if (kept > 0 && !place.keeps(kept)) {
            throw new Refusal(
                    "what this site's plugins kept after round " + kept + " is not in " + folder.states()
                            + " any more, so the job cannot go on as it would have; put the folder back, or start the job anew");
        }
        own.program().ifPresent(program -> agree(program, setup.policy()));
        if (!asked.files().isEmpty()) {
            link.pull(CarriedFiles.into(folder.scratch(FILES), id, asked.files()), cancellation);
        }
        Optional<Path> base = shared.isPresent() ? shared : setup.catalogue().base(own);
        if (base.isEmpty() && !asked.firstModel().isEmpty()) {
            base = Optional.of(pulled(asked.firstModel().get(0), id, folder, link, cancellation));
        } else if (base.isEmpty() && own.program().isEmpty() && own.mayBringItsModel()) {
            throw own.refuse(
                    "there is no base '" + own.model().base() + "' at this site, and the job brings none along; put the"
                            + " file beside the job file, or have the site name it in its models",
                    "model",
                    "base");
        }
        return new SiteJob(id, whole, setup, plugins, link, folder, place, base, applied, cancellation);
    }

    /** The model that the job brings along, for a site that has none of that name. */
    private static Path pulled(
            Message.CarriedFile model, String job, SiteFolder folder, Link link, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path place = folder.scratch(FIRST_MODEL);
        link.pull(CarriedFiles.firstModel(place, job, model), cancellation);
        return CarriedFiles.place(place, model.path());
    }

    /** Before anything of the program is here. */
    private static void agree(ProgramSettings program, ProgramPolicy policy) {
        policy.objection(program).ifPresent(why -> {
            throw new Refusal("the program '" + String.join(" ", program.command()) + "' is not run here: " + why);
        });
    }

    private Map<Section, Class<? extends Plugin>> needed() {
        Map<Section, Class<? extends Plugin>> needed = new LinkedHashMap<>();
        needed.put(job.trainer(), Trainer.class);
        Stream.of(job.codedUp(), job.codedDown())
                .flatMap(Optional::stream)
                .forEach(coded -> needed.put(coded.section(), Quantizer.class));
        filters.forEach(filter -> needed.put(filter, UpdateFilter.class));
        return needed;
    }

    private Training opened(Cancellation cancellation) throws IOException, InterruptedException {
        Partner<Trainer> trainer = scope.plugin(Trainer.class, job.trainer());
        try {
            return setup.slots().compute(cancellation, job.workflow().deadline(), () -> {
                try (PluginCode code = PluginCode.of(trainer.plugin())) {
                    return trainer.plugin().open(trainer.job(), given);
                }
            });
        } catch (Refusal e) {
            // What fits no model is a word of the job file, and only here is it known in which line that stands.
            throw e.key().isEmpty() ? e : job.refuse(e.getMessage(), e.key().toArray(String[]::new));
        }
    }

    private Optional<Coding> coding(Optional<CodingSettings> settings) {
        return settings.map(given -> new Coding(
                given.section().type(),
                scope.plugin(Quantizer.class, given.section()),
                new Coding.Rules(given.except(), given.smallest(), given.errorFeedback())));
    }

    private UpdateFilters filters() {
        return UpdateFilters.of(filters, scope);
    }

    /** Does a task with the plugins that are there now; one that is exchanged during the task counts from the next one on. */
    private Message.TaskDone leased(int round, Cancellation cancellation, Work work)
            throws IOException, InterruptedException {
        if (training.isEmpty() || !scope.isCurrent()) {
            reopen(round, cancellation);
        }
        scope.enter(round);
        Training open = training.orElseThrow();
        try (PluginCode code = PluginCode.of(open)) {
            return work.with(open);
        }
    }

    /** The former trainer goes first, so that two never share the memory of one; then what is missing is waited for. */
    private void reopen(int round, Cancellation cancellation) throws IOException, InterruptedException {
        closeTraining();
        scope = scope.renewed();
        scope.enter(round);
        Training opened = opened(cancellation);
        training = Optional.of(opened);
        filters().check(exchanged);
        if (!Message.WireManifest.of(opened.manifest()).equals(Message.WireManifest.of(manifest))) {
            throw new Refusal(
                    "with the plugins that are installed now, the site would exchange other tensors than those the"
                            + " job began with; put the former plugins back, or start a new job");
        }
    }

    private void closeTraining() {
        Optional<Training> former = training;
        training = Optional.empty();
        if (former.isPresent()) {
            try (PluginCode code = PluginCode.of(former.get())) {
                former.get().close();
            }
        }
    }

    private static SortedMap<String, List<Path>> datasets(Job job, SiteSetup setup) {
        SortedMap<String, List<Path>> found = new TreeMap<>();
        if (job.data().isEmpty()) {
            return found;
        }
        DataSettings data = job.data().get();
        List<Path> train = setup.catalogue()
                .dataset(data.train())
                .orElseThrow(() -> job.refuse(
                        "there is no dataset '" + data.train() + "' here, but "
                                + (setup.catalogue().datasets().isEmpty()
                                        ? "none at all"
                                        : String.join(", ", setup.catalogue().datasets()))
                                + "; add it to the site, or leave the site out"
                                + Nearest.hint(data.train(), setup.catalogue().datasets()),
                        "data",
                        "train"));
        found.put(TrainingSetup.TRAIN, train);
        data.validate()
                .flatMap(setup.catalogue()::dataset)
                .ifPresent(files -> found.put(TrainingSetup.VALIDATE, files));
        return found;
    }

    /** What the other sites measure is not this one's, and nobody should take it for that. */
    private void noteWithoutValidation() {
        job.data()
                .flatMap(DataSettings::validate)
                .filter(name -> !given.datasets().containsKey(TrainingSetup.VALIDATE))
                .ifPresent(name ->
                        watch.noted("there is no dataset '" + name + "' here, so this site validates no model"));
    }

    /** The plugin that does the work, as sentences call it. */
    String trainer() {
        return "trainer '" + job.trainer().type() + "'";
    }

    Message.Prepared prepared() {
        return new Message.Prepared(
                Message.WireManifest.of(manifest),
                List.copyOf(given.datasets().keySet()),
                watch.leases(),
                watch.notes());
    }

    /** Does a task; one that finds the disk full leaves no trainer that has done a part of it, for it is done again. */
    Message.TaskDone run(Message.RunTask request, Cancellation cancellation) throws IOException, InterruptedException {
        try {
            return answered(request, cancellation);
        } catch (IOException e) {
            if (FileProblem.full(folder.states(), e).isPresent()) {
                closeTraining();
            }
            throw e;
        }
    }

    private Message.TaskDone answered(Message.RunTask request, Cancellation cancellation)
            throws IOException, InterruptedException {
        Task task = new Task(request.round(), request.rounds(), request.kind(), request.properties());
        watch.task(cancellation);
        watch.underWay();
        return switch (request.kind()) {
            case Task.SUBMIT_MODEL -> leased(request.round(), cancellation, training -> submit(training, cancellation));
            case Task.TRAIN -> {
                Optional<Message.TaskDone> finished = finished(request);
                yield finished.isPresent()
                        ? finished.get()
                        : leased(
                                request.round(),
                                cancellation,
                                training -> train(training, task, request, cancellation));
            }
            case Task.VALIDATE ->
                leased(request.round(), cancellation, training -> validate(training, task, request, cancellation));
            default -> throw new Refusal("a site does not know the task '" + request.kind() + "'");
        };
    }

    /** What the very same task came to before, whose update the server has not got: it is offered again. */
    private Optional<Message.TaskDone> finished(Message.RunTask request) throws IOException {
        Optional<FinishedTask> finished = folder.finished();
        if (finished.isEmpty()) {
            return Optional.empty();
        }
        Message.TaskDone done = finished.get().done();
        boolean isHere = done.coded().is() == coded.containsKey(done.update())
                && (!done.keeps() || place.keeps(request.round()));
        if (!finished.get().answers(request) || !isHere) {
            release(done.update());
            return Optional.empty();
        }
        watch.noted("round " + request.round()
                + ": it had trained before it was interrupted, and offers that update again");
        return Optional.of(done.again(watch.leases(), watch.notes()));
    }

    private Message.TaskDone submit(Training training, Cancellation cancellation)
            throws IOException, InterruptedException {
        return setup.slots().compute(cancellation, job.workflow().deadline(), () -> {
            long started = System.nanoTime();
            try (TensorWriter out =
                    Safetensors.createScratch(file(Message.TaskDone.INITIAL), Exchanged.first(manifest.tensors()))) {
                training.initial(out);
                out.commit();
            }
            Outcome nothing = new Outcome(0, 0, 0, new TreeMap<>());
            return done(
                    nothing,
                    started,
                    Message.TaskDone.INITIAL,
                    Message.Coded.NOT,
                    false,
                    Message.Pulled.NOTHING,
                    false);
        });
    }

    private Message.TaskDone train(Training training, Task task, Message.RunTask request, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path before = received(task.round());
        Message.Pulled pulled = pull(request, before, cancellation);
        String update = Message.TaskDone.updateOf(task.round());
        boolean difference = job.wire().send() == WireSettings.Send.DIFFERENCE;
        return setup.slots().compute(cancellation, job.workflow().deadline(), () -> {
            long started = System.nanoTime();
            UpdateFilters applied = filters();
            Path trained = applied.isEmpty() ? file(update) : folder.scratch(UNFILTERED + task.round() + SUFFIX);
            Outcome outcome;
            try (TensorReader received = Safetensors.open(before, exchanged);
                    TensorWriter out = Safetensors.createScratch(trained, exchanged)) {
                outcome = training.train(task, received, out);
                out.commit();
            }
            if (!applied.isEmpty()) {
                filter(applied, task.round(), outcome, trained, difference, cancellation);
            } else if (!difference) {
                Files.delete(before);
            }
            Message.Coded how = code(update, task.round());
            Message.TaskDone done = done(outcome, started, update, how, difference, pulled, place.keeps(task.round()));
            folder.finish(request, done.again(List.of(), List.of()), files(update));
            return done;
        });
    }

    /** Makes the update that leaves of the one that was trained; neither that one nor the received model is needed any more. */
    private void filter(
            UpdateFilters applied,
            int round,
            Outcome outcome,
            Path trained,
            boolean difference,
            Cancellation cancellation)
            throws IOException {
        Path before = received(round);
        try (TensorReader after = Safetensors.open(trained, exchanged);
                TensorReader received = Safetensors.open(before, exchanged);
                TensorWriter out = Safetensors.createScratch(file(Message.TaskDone.updateOf(round)), exchanged)) {
            applied.filter(id, round, outcome, after, received, difference, out, cancellation);
            out.commit();
        } finally {
            Files.deleteIfExists(trained);
            Files.deleteIfExists(before);
        }
    }

    private Message.TaskDone validate(Training training, Task task, Message.RunTask request, Cancellation cancellation)
            throws IOException, InterruptedException {
        Path before = received(task.round());
        Message.Pulled pulled = pull(request, before, cancellation);
        return setup.slots().compute(cancellation, job.workflow().deadline(), () -> {
            long started = System.nanoTime();
            try (TensorReader received = Safetensors.open(before, exchanged)) {
                Outcome outcome = training.validate(task, received);
                return done(outcome, started, "", Message.Coded.NOT, false, pulled, false);
            } finally {
                Files.delete(before);
            }
        });
    }

    /** Codes an update for the wire, if that is to be; what it was coded from is not needed any more. */
    private Message.Coded code(String update, int round) throws IOException {
        Optional<Coding> coding = coding(job.codedUp());
        if (coding.isEmpty()) {
            return Message.Coded.NOT;
        }
        try (TensorReader plain = plain(update)) {
            coded.put(update, coding.get().encode(plain, exchanged, round, codedFile(update)));
        }
        Files.delete(file(update));
        Files.deleteIfExists(received(round));
        return coded.get(update).coded();
    }

    private Message.TaskDone done(
            Outcome outcome,
            long started,
            String update,
            Message.Coded how,
            boolean difference,
            Message.Pulled pulled,
            boolean keeps) {
        SortedMap<String, Double> metrics = new TreeMap<>(watch.reported());
        metrics.putAll(outcome.metrics());
        return new Message.TaskDone(
                outcome.steps(),
                outcome.samples(),
                outcome.tokens(),
                metrics,
                (System.nanoTime() - started) / 1e9,
                update,
                how,
                difference,
                pulled,
                keeps,
                watch.leases(),
                watch.notes());
    }

    private Message.Pulled pull(Message.RunTask request, Path into, Cancellation cancellation)
            throws IOException, InterruptedException {
        if (request.coded().is()) {
            return pullCoded(request, into, cancellation);
        }
        return pull(request.model(), into, exchanged, cancellation);
    }

    private Message.Pulled pull(String model, Path into, List<TensorSpec> tensors, Cancellation cancellation)
            throws IOException, InterruptedException {
        try (TensorWriter out = Safetensors.createScratch(into, tensors)) {
            Message.Pulled pulled = link.pull(new Transfer(model, tensors, Transfer.Sink.into(out)), cancellation);
            out.commit();
            return pulled;
        }
    }

    private Message.Pulled pullCoded(Message.RunTask request, Path into, Cancellation cancellation)
            throws IOException, InterruptedException {
        Coding coding =
                coding(job.codedDown()).orElseThrow(() -> new Refusal("the model is coded, which was not agreed upon"));
        coding.check(request.coded(), exchanged);
        Path arrived = folder.scratch("arrived-" + request.round() + SUFFIX);
        try {
            Message.Pulled pulled =
                    pull(request.model(), arrived, request.coded().crossing(exchanged), cancellation);
            long started = System.nanoTime();
            try (TensorReader decoded = coding.decoded(Safetensors.open(arrived), exchanged);
                    TensorWriter out = Safetensors.createScratch(into, exchanged)) {
                Copy.all(decoded, out, cancellation);
                out.commit();
            }
            return pulled.decodedTo(
                    exchanged.stream().mapToLong(TensorSpec::bytes).sum(),
                    request.coded(),
                    (System.nanoTime() - started) / 1e9);
        } finally {
            Files.deleteIfExists(arrived);
        }
    }

    /** Opens an update for the server, until that has it. */
    TensorReader open(String update) throws IOException {
        if (update.equals(Message.TaskDone.INITIAL)) {
            TensorReader first = Safetensors.open(file(update), Exchanged.first(manifest.tensors()));
            return Exchanged.beside(first, manifest.companions());
        }
        CodedModel waiting = coded.get(update);
        return waiting == null ? plain(update) : waiting.open();
    }

    private TensorReader plain(String update) throws IOException {
        TensorReader model = Safetensors.open(file(update), exchanged);
        Path before = received(round(update));
        return Files.exists(before) ? new Difference(model, Safetensors.open(before, exchanged)) : model;
    }

    /** Drops an update that the server has on its disk. */
    void release(String update) throws IOException {
        folder.forget();
        Optional<CodedModel> waiting = Optional.ofNullable(coded.remove(update));
        if (waiting.isPresent()) {
            waiting.get().delete();
        }
        Files.deleteIfExists(file(update));
        if (!update.equals(Message.TaskDone.INITIAL)) {
            Files.deleteIfExists(received(round(update)));
        }
    }

    @Override
    public void close() {
        try (JobScope last = scope) {
            closeTraining();
        }
    }

    private Path received(int round) {
        return folder.scratch("received-" + round + SUFFIX);
    }

    private Path codedFile(String update) {
        return folder.scratch(update + ".coded");
    }

    /** What an update lies in: its codes, or what it is read from. */
    private List<Path> files(String update) {
        return Stream.of(codedFile(update), file(update), received(round(update)))
                .filter(Files::exists)
                .toList();
    }

    private Path file(String name) {
        if (!name.equals(Message.TaskDone.INITIAL)) {
            round(name);
        }
        return folder.scratch(name + SUFFIX);
    }

    private int round(String update) {
        if (!update.matches(UPDATE + "[0-9]{1,9}")) {
            throw new Refusal("site '" + setup.name() + "' offers no '" + update + "'");
        }
        return Integer.parseInt(update.substring(UPDATE.length()));
    }
}
