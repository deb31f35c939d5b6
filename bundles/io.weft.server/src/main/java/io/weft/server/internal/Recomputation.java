package io.weft.server.internal;

import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.workflow.ModelRef;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.plugins.JobScope;
import io.weft.plugins.JobWatch;
import io.weft.plugins.Lease;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Makes a round's model once more of the updates that are kept, and holds it against the one that was committed. */
final class Recomputation {

    /** The section of the job file that names the aggregator, after which its states' folder is called. */
    private static final String AGGREGATOR = "aggregator";

    private static final String STATE = ".safetensors";

    private final String id;
    private final Job job;
    private final JobFolder folder;
    private final Plugins plugins;
    private final Cancellation cancellation;

    Recomputation(String id, Job job, JobFolder folder, Plugins plugins, Cancellation cancellation) {
        this.id = id;
        this.job = job;
        this.folder = folder;
        this.plugins = plugins;
        this.cancellation = cancellation;
    }

    /** What came of it. */
    sealed interface Outcome {

        /**
         * The same bytes.
         *
         * @param with the aggregator that computed
         */
        record Same(String with) implements Outcome {}

        /** Other bytes, or none. */
        record Other(String how) implements Outcome {}

        /** It could not be done, which says nothing of the files. */
        record NotDone(String reason) implements Outcome {}
    }

    /** Recomputes a round whose updates, and the model before it, are as they were. */
    Outcome of(RecordedJob.Round round) throws IOException {
        if (!hasStateBefore(round.number())) {
            return new Outcome.NotDone("what the aggregator kept before this round is not there any more");
        }
        Path states = Files.createTempDirectory("weft-verify-");
        try {
            copyStates(states);
            return of(round, states);
        } finally {
            Leftovers.delete(states);
        }
    }

    private Outcome of(RecordedJob.Round round, Path states) throws IOException {
        Seen seen = new Seen(cancellation);
        Models models = new Models(folder, JobFolder.read(folder.manifest(), Message.WireManifest.class));
        JobScope.Place place = new JobScope.Place(id, Optional.empty(), job.seed(), states);
        try (RoundAggregation aggregation = new RoundAggregation(
                job,
                number -> scope(place, seen, number),
                models,
                folder,
                cancellation,
                (aggregator, fold) -> () -> {})) {
            try {
                aggregation.hold(round.number());
            } catch (Refusal e) {
                return new Outcome.NotDone(e.getMessage());
            }
            try (TensorReader committed = models.open(ModelRef.global(round.number()))) {
                ComparedModel compared = new ComparedModel(committed);
                aggregation.fold(
                        round.number(), round.outcomes(), Weights.of(round.outcomes(), job.weightBy()), compared);
                compared.commit();
                return compared.difference()
                        .<Outcome>map(Outcome.Other::new)
                        .orElseGet(() -> new Outcome.Same(seen.words(round.aggregator())));
            } catch (Refusal e) {
                return new Outcome.Other(e.getMessage());
            }
        }
    }

    private JobScope scope(JobScope.Place place, Seen seen, int round) {
        JobScope scope = new JobScope(plugins, place, job, seen);
        scope.enter(round);
        return scope;
    }

    /** An aggregator that keeps something from round to round has it only for the last ones. */
    private boolean hasStateBefore(int round) throws IOException {
        Set<Integer> kept = states().keySet();
        return round == 1 || kept.isEmpty() || kept.stream().anyMatch(number -> number < round);
    }

    private void copyStates(Path to) throws IOException {
        for (Path file : states().values()) {
            Files.createDirectories(to.resolve(AGGREGATOR));
            Files.copy(file, to.resolve(AGGREGATOR).resolve(file.getFileName()));
        }
    }

    /** What the aggregator keeps, by the round that left it. */
    private SortedMap<Integer, Path> states() throws IOException {
        SortedMap<Integer, Path> states = new TreeMap<>();
        Path place = folder.pluginState().resolve(AGGREGATOR);
        if (Files.isDirectory(place)) {
            try (Stream<Path> files = Files.list(place)) {
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    if (name.matches("[0-9]{1,9}" + Pattern.quote(STATE))) {
                        states.put(Integer.parseInt(name.substring(0, name.length() - STATE.length())), file);
                    }
                }
            }
        }
        return states;
    }

    /** Sees with which aggregator is computed; nothing of this goes on the job's record. */
    private static final class Seen implements JobWatch {

        private final Cancellation cancellation;
        private volatile String bundle = "";
        private volatile String sha256 = "";

        Seen(Cancellation cancellation) {
            this.cancellation = cancellation;
        }

        /** The aggregator, and whether the round had another build of it. */
        String words(Optional<Map<?, ?>> recorded) {
            return recorded.filter(lease -> !sha256.equals(lease.get("sha256")))
                    .map(lease -> bundle + "; the round had another build, " + lease.get("bundle") + " "
                            + lease.get("version"))
                    .orElse(bundle);
        }

        @Override
        public void leased(String kind, String name, Lease<?> lease) {
            if (kind.equals(Aggregator.class.getSimpleName())) {
                bundle = "aggregator " + name + ", " + lease.bundle() + " " + lease.version();
                sha256 = lease.sha256();
            }
        }

        @Override
        public void reported(int round, String metric, double value) {}

        @Override
        public void noted(String message) {}

        @Override
        public void progressed(int round, String activity, long done, long total, Map<String, Double> values) {}

        @Override
        public void checkCancelled() {
            cancellation.check();
        }
    }
}
