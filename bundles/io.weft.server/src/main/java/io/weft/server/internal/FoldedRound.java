package io.weft.server.internal;

import io.weft.api.aggregation.Contribution;
import io.weft.api.aggregation.ElementFold;
import io.weft.api.aggregation.Round;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.exchange.Cancellation;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A round's updates on disk, as its aggregator sees them. */
final class FoldedRound implements Round {

    /** What one thread holds of all models together, in elements: it fits a processor's second cache. */
    private static final int BUDGET = 128 << 10;

    private static final int LARGEST_PIECE = 64 << 10;

    private static final int SMALLEST_PIECE = 4 << 10;

    private final int number;
    private final List<Contribution> contributions;
    private final TensorReader global;
    private final TensorWriter result;
    private final Cancellation cancellation;
    private final AtomicLong writes = new AtomicLong();
    private final SortedMap<String, SortedMap<String, Double>> reports = new TreeMap<>();

    /**
     * @param contributions in site-name order
     */
    FoldedRound(
            int number,
            List<Contribution> contributions,
            TensorReader global,
            TensorWriter result,
            Cancellation cancellation) {
        this.number = number;
        this.contributions = List.copyOf(contributions);
        this.global = global;
        this.result = new CountedWriter(result, writes);
        this.cancellation = cancellation;
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

    /** How often something of the result was written. */
    long writes() {
        return writes.get();
    }

    @Override
    public void elements(ElementFold fold) throws IOException {
        contributions.forEach(this::checkShapes);
        int threads = Runtime.getRuntime().availableProcessors();
        AtomicInteger thread = new AtomicInteger();
        ExecutorService workers = Executors.newFixedThreadPool(
                threads, work -> new Thread(work, "fold-" + number + "-" + thread.incrementAndGet()));
        try {
            Pieces pieces = new Pieces(result.manifest().tensors(), piece());
            List<Future<?>> folding = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                folding.add(workers.submit(() -> {
                    new Folding(fold).all(pieces);
                    return true;
                }));
            }
            for (Future<?> one : folding) {
                await(one);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private static void await(Future<?> folding) throws IOException {
        try {
            folding.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while folding");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new IOException(e.getCause());
        }
    }

    private int piece() {
        return Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, BUDGET / (contributions.size() + 2)));
    }

    private void checkShapes(Contribution contribution) {
        for (TensorSpec tensor : result.manifest().tensors()) {
            Optional<TensorSpec> given = contribution.model().manifest().tensors().stream()
                    .filter(other -> other.section().equals(tensor.section())
                            && other.name().equals(tensor.name()))
                    .findFirst();
            if (given.isEmpty() || !given.get().shape().equals(tensor.shape())) {
                throw new Refusal("site '" + contribution.site() + "': tensor '" + tensor.name() + "' is "
                        + given.map(other -> other.shape().toString()).orElse("absent") + " where the global model has "
                        + tensor.shape());
            }
        }
    }

    @Override
    public List<Map<String, TensorSpec>> groups(String trait) {
        Map<String, Map<String, TensorSpec>> groups = new LinkedHashMap<>();
        for (TensorSpec tensor : global.manifest().tensors()) {
            Optional<String> group = tensor.trait(trait);
            Optional<String> role = tensor.trait(TensorSpec.ROLE);
            if (group.isPresent() && role.isPresent()) {
                groups.computeIfAbsent(group.get(), name -> new TreeMap<>()).put(role.get(), tensor);
            }
        }
        return List.copyOf(groups.values());
    }

    @Override
    public synchronized void report(String module, String metric, double value) {
        reports.computeIfAbsent(module, name -> new TreeMap<>()).put(metric, value);
    }

    /** What the aggregator recorded, by module. */
    synchronized SortedMap<String, SortedMap<String, Double>> reports() {
        return new TreeMap<>(reports);
    }

    /** A run of elements of one tensor. */
    private record Piece(TensorSpec tensor, long first, int count) {}

    /** Deals out all tensors piece by piece. */
    private static final class Pieces {

        private final List<TensorSpec> tensors;
        private final int size;
        private int tensor;
        private long element;

        Pieces(List<TensorSpec> tensors, int size) {
            this.tensors = tensors;
            this.size = size;
        }

        synchronized Optional<Piece> next() {
            while (tensor < tensors.size() && element == tensors.get(tensor).elements()) {
                tensor++;
                element = 0;
            }
            if (tensor == tensors.size()) {
                return Optional.empty();
            }
            TensorSpec current = tensors.get(tensor);
            Piece piece = new Piece(current, element, (int) Math.min(size, current.elements() - element));
            element += piece.count();
            return Optional.of(piece);
        }
    }

    /** One thread's share, with the arrays that it uses again for each piece. */
    private final class Folding {

        private final ElementFold fold;
        private final float[] before = new float[piece()];
        private final float[][] sites = new float[contributions.size()][piece()];
        private final double[] weights =
                contributions.stream().mapToDouble(Contribution::weight).toArray();
        private final float[] out = new float[piece()];

        Folding(ElementFold fold) {
            this.fold = fold;
        }

        void all(Pieces pieces) throws IOException {
            for (Optional<Piece> next = pieces.next(); next.isPresent(); next = pieces.next()) {
                cancellation.check();
                Piece piece = next.get();
                if (piece.tensor().type().decodable()) {
                    fold(piece);
                } else {
                    foldBytes(piece);
                }
            }
        }

        private void fold(Piece piece) throws IOException {
            global.read(piece.tensor(), piece.first(), before, piece.count());
            for (int k = 0; k < sites.length; k++) {
                contributions.get(k).model().read(piece.tensor(), piece.first(), sites[k], piece.count());
            }
            fold.fold(before, sites, weights, out, piece.count());
            for (int i = 0; i < piece.count(); i++) {
                if (!Float.isFinite(out[i])) {
                    throw new Refusal("the aggregator made " + out[i] + " in tensor '"
                            + piece.tensor().name() + "' (element " + (piece.first() + i) + ") in round " + number);
                }
            }
            result.write(piece.tensor(), piece.first(), out, piece.count());
        }

        private void foldBytes(Piece piece) throws IOException {
            ByteBuffer[] given = new ByteBuffer[contributions.size()];
            for (int k = 0; k < given.length; k++) {
                given[k] = bytes(contributions.get(k).model(), piece);
            }
            ByteBuffer mean =
                    ByteBuffer.allocate(piece.count() * piece.tensor().type().bytes());
            new WholeNumbers(piece.tensor().type(), weights).fold(bytes(global, piece), given, mean, piece.count());
            result.writeBytes(
                    piece.tensor(), piece.first() * piece.tensor().type().bytes(), mean);
        }

        private static ByteBuffer bytes(TensorReader model, Piece piece) throws IOException {
            int size = piece.tensor().type().bytes();
            ByteBuffer bytes = ByteBuffer.allocate(piece.count() * size);
            model.readBytes(piece.tensor(), piece.first() * size, bytes);
            return bytes.flip();
        }
    }
}
