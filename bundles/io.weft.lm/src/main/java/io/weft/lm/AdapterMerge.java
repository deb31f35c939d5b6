package io.weft.lm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.internal.model.AdapterStrategy;
import io.weft.lm.tuning.Folding;
import io.weft.lm.tuning.RowFold;
import io.weft.lm.tuning.TuningStrategy;
import io.weft.tensor.Digests;
import io.weft.tensor.JsonProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/**
 * Folds an adapter into its base, tensor by tensor and piece by piece: memory stays flat, the engine is not needed. Weights are
 * changed in fp32 or better and rounded once, to the base's own type.
 */
public final class AdapterMerge {

    private static final int PIECE = 1 << 20;
    private static final String ADAPTER_CONFIG = "adapter_config.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MergeRequest request;
    private final TensorReader base;
    private final TensorReader adapter;

    private AdapterMerge(MergeRequest request, TensorReader base, TensorReader adapter) {
        this.request = request;
        this.base = base;
        this.adapter = adapter;
    }

    /**
     * Writes the merged checkpoint in the base's format, with the files that lie beside the base.
     *
     * @param format reads and writes the checkpoint, and reads the adapter
     * @param strategies those that may have made the adapter
     * @throws Refusal when the adapter is not for this base or cannot be folded, or {@code out} is taken; nothing is left there then
     * @throws InterruptedException when the calling thread was interrupted; nothing is left at {@code out}
     */
    public static Merged run(MergeRequest request, CheckpointFormat format, Collection<TuningStrategy> strategies)
            throws IOException, InterruptedException {
        try (TensorReader base = format.open(request.model());
                TensorReader adapter = format.open(request.adapter())) {
            var merge = new AdapterMerge(request, base, adapter);
            merge.checkKinds();
            merge.checkBase();
            Folding folding = AdapterStrategy.of(adapter.manifest(), request.adapter(), strategies)
                    .apply(strategy -> strategy.folding(base.manifest(), adapter));
            return merge.write(format, folding);
        } catch (ClosedByInterruptException e) {
            // A channel that is used by an interrupted thread closes, and leaves the thread marked.
            Thread.interrupted();
            InterruptedException interrupted = new InterruptedException("interrupted while it merged");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    private void checkKinds() {
        if (base.manifest().companion(ADAPTER_CONFIG).isPresent()) {
            throw new Refusal(request.model() + ": is an adapter; --model takes the base it was made for");
        }
        if (adapter.manifest().companion(ADAPTER_CONFIG).isEmpty()) {
            throw new Refusal(request.adapter() + ": is not an adapter: it has no " + ADAPTER_CONFIG);
        }
    }

    /** Models of one size have tensors of one shape, so where the adapter's own base is at hand its digest decides. */
    private void checkBase() throws IOException {
        Optional<Path> own = statedBase();
        if (own.isEmpty() || Files.isSameFile(own.get(), request.model())) {
            return;
        }
        String stated = Digests.base(own.get());
        String given = Digests.base(request.model());
        if (!stated.equals(given)) {
            throw new Refusal(
                    "%s: was made for the base %s (digest %s), not for %s (digest %s); give that one as --model, or change base_model_name_or_path in its %s"
                            .formatted(
                                    request.adapter(),
                                    own.get(),
                                    stated.substring(0, 12),
                                    request.model(),
                                    given.substring(0, 12),
                                    ADAPTER_CONFIG));
        }
    }

    /** The folder that the adapter names as its base, when there is such a folder with weights on this machine. */
    private Optional<Path> statedBase() throws IOException {
        Companion config = adapter.manifest().companion(ADAPTER_CONFIG).orElseThrow();
        try {
            String name =
                    JSON.readTree(config.text()).path("base_model_name_or_path").asText("");
            Path folder = Path.of(name);
            return !name.isEmpty() && Files.isRegularFile(folder.resolve("config.json")) && holdsWeights(folder)
                    ? Optional.of(folder)
                    : Optional.empty();
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(
                    request.adapter().resolve(ADAPTER_CONFIG).toString(),
                    e,
                    "copy it anew from where the adapter came");
        } catch (InvalidPathException e) {
            return Optional.empty(); // A hub id need not be a path.
        }
    }

    private static boolean holdsWeights(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().endsWith(".safetensors"));
        }
    }

    private Merged write(CheckpointFormat format, Folding folding) throws IOException, InterruptedException {
        Optional<Untied> untied = Untied.of(base.manifest(), folding);
        Manifest merged = untied.map(Untied::manifest).orElse(base.manifest());
        try (TensorWriter out = format.create(request.out(), merged)) {
            for (TensorSpec tensor : merged.tensors()) {
                if (folding.weights().contains(tensor.name())) {
                    TensorSpec source = untied.map(one -> one.source(tensor)).orElse(tensor);
                    fold(source, tensor, folding.open(tensor.name()), out);
                } else {
                    copy(tensor, out);
                }
            }
            out.commit();
        }
        return new Merged(merged.tensors().size(), folding.weights().size(), merged.bytes());
    }

    private void fold(TensorSpec source, TensorSpec tensor, RowFold fold, TensorWriter out)
            throws IOException, InterruptedException {
        long rows = tensor.shape().dimension(0);
        int width = Math.toIntExact(tensor.elements() / Math.max(1, rows));
        int most = Math.max(1, PIECE / Math.max(1, width));
        float[] piece = new float[Math.toIntExact(Math.min(rows, most)) * width];
        for (long first = 0; first < rows; first += most) {
            checkInterrupted();
            int count = Math.toIntExact(Math.min(most, rows - first));
            base.read(source, first * width, piece, count * width);
            fold.fold(first, piece, count);
            checkFinite(tensor, piece, count * width);
            out.write(tensor, first * width, piece, count * width);
        }
    }

    private void checkFinite(TensorSpec tensor, float[] values, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                throw new Refusal(request.adapter() + ": makes " + values[i] + " of a weight in " + tensor.name()
                        + ", which would spoil the model; train the adapter again, or take one of an earlier round");
            }
        }
    }

    private void copy(TensorSpec tensor, TensorWriter out) throws IOException, InterruptedException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
        for (long offset = 0; offset < tensor.bytes(); offset += PIECE) {
            checkInterrupted();
            piece.clear().limit(Math.toIntExact(Math.min(PIECE, tensor.bytes() - offset)));
            base.readBytes(tensor, offset, piece);
            out.writeBytes(tensor, offset, piece.flip());
        }
    }

    private static void checkInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
