package io.weft.api.testing;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.aggregation.Contribution;
import io.weft.api.aggregation.ElementFold;
import io.weft.api.aggregation.Round;
import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * A round in memory: a global model, what sites made of it, and room for the next one. Folds pieces on several threads, as the
 * runtime does, and fails when a fold changes what it was only lent.
 */
public final class TestRound implements Round {

    private static final int USUAL_PIECE = 1024;

    private final int number;
    private final int piece;
    private final TensorReader global;
    private final List<Contribution> contributions;
    private final MemoryTensors result;
    private final Map<String, Map<String, Double>> reports = new LinkedHashMap<>();

    private TestRound(int number, int piece, TensorReader global, List<Contribution> contributions) {
        this.number = number;
        this.piece = piece;
        this.global = global;
        this.contributions = List.copyOf(contributions);
        this.result = new MemoryTensors(global.manifest().tensors());
    }

    /** The first round of a job, from this model. */
    public static TestRound of(TensorReader global) {
        return new TestRound(1, USUAL_PIECE, global, List.of());
    }

    /** The same round with one site more; sites are added in name order. */
    public TestRound site(String name, double weight, TensorReader model) {
        List<Contribution> more = new ArrayList<>(contributions);
        more.add(new Contribution(name, weight, new TreeMap<>(), model));
        return new TestRound(number, piece, global, more);
    }

    /** The same round, folded so many elements at a time. */
    public TestRound inPiecesOf(int elements) {
        return new TestRound(number, elements, global, contributions);
    }

    /** The same round with another number. */
    public TestRound numbered(int round) {
        return new TestRound(round, piece, global, contributions);
    }

    /** Runs an aggregator on it, once; gives the next global model, checked to be whole. */
    public MemoryTensors run(Aggregator aggregator, JobContext job) throws IOException {
        try (Aggregation aggregation = aggregator.open(job)) {
            return run(aggregation);
        }
    }

    /** Runs an open aggregation on it, once. */
    public MemoryTensors run(Aggregation aggregation) throws IOException {
        aggregation.aggregate(this);
        result.commit();
        return result;
    }

    /**
     * Aggregates one-dimensional models of equal weight.
     *
     * @param global the model before the round
     * @param sites the models in site-name order
     */
    public static float[] aggregate(Aggregator aggregator, float[] global, float[]... sites) throws IOException {
        return aggregate(aggregator, Map.of(), global, sites);
    }

    /** The same with options, as a job file gives them. */
    public static float[] aggregate(
            Aggregator aggregator, Map<String, Object> options, float[] global, float[]... sites) throws IOException {
        TensorSpec tensor = TensorSpec.of("weight", DType.F32, Shape.of(global.length));
        TestRound round = of(new MemoryTensors(List.of(tensor)).with(tensor, global));
        for (int k = 0; k < sites.length; k++) {
            round = round.site("site-" + (k + 1), 1, new MemoryTensors(List.of(tensor)).with(tensor, sites[k]));
        }
        return round.run(aggregator, new TestJob(options)).floats(tensor);
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public List<Contribution> contributions() {
        return contributions;
    }

    @Override
    public TensorReader global() {
        return global;
    }

    @Override
    public TensorWriter result() {
        return result;
    }

    /** The values that the aggregation reported, by module and metric. */
    public Map<String, Map<String, Double>> reports() {
        return reports;
    }

    @Override
    public void elements(ElementFold fold) throws IOException {
        try {
            for (TensorSpec tensor : global.manifest().tensors()) {
                if (tensor.type().decodable()) {
                    long pieces = (tensor.elements() + piece - 1) / piece;
                    LongStream.range(0, pieces).parallel().forEach(index -> fold(tensor, index * piece, fold));
                } else {
                    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(tensor.bytes()));
                    global.readBytes(tensor, 0, bytes);
                    result.writeBytes(tensor, 0, bytes.flip());
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void fold(TensorSpec tensor, long first, ElementFold fold) {
        int count = (int) Math.min(piece, tensor.elements() - first);
        float[] before = read(global, tensor, first, count);
        float[][] sites = new float[contributions.size()][];
        double[] weights = new double[sites.length];
        for (int k = 0; k < sites.length; k++) {
            sites[k] = read(contributions.get(k).model(), tensor, first, count);
            weights[k] = contributions.get(k).weight();
        }
        float[][] lent = Arrays.stream(sites).map(float[]::clone).toArray(float[][]::new);
        float[] lentGlobal = before.clone();
        double[] lentWeights = weights.clone();
        float[] out = new float[count];
        fold.fold(lentGlobal, lent, lentWeights, out, count);
        if (!Arrays.deepEquals(sites, lent)
                || !Arrays.equals(before, lentGlobal)
                || !Arrays.equals(weights, lentWeights)) {
            throw new AssertionError("the fold changed an array that it was lent");
        }
        result.write(tensor, first, out, count);
    }

    private static float[] read(TensorReader from, TensorSpec tensor, long first, int count) {
        try {
            float[] values = new float[count];
            from.read(tensor, first, values, count);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Map<String, TensorSpec>> groups(String trait) {
        Map<String, Map<String, TensorSpec>> groups = new LinkedHashMap<>();
        for (TensorSpec tensor : global.manifest().tensors()) {
            Optional<String> module = tensor.trait(trait);
            Optional<String> role = tensor.trait(TensorSpec.ROLE);
            if (module.isPresent() && role.isPresent()) {
                groups.computeIfAbsent(module.get(), key -> new TreeMap<>()).put(role.get(), tensor);
            }
        }
        return List.copyOf(groups.values());
    }

    @Override
    public void report(String module, String metric, double value) {
        reports.computeIfAbsent(module, key -> new TreeMap<>()).put(metric, value);
    }
}
