package io.weft.lm.internal.model;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.tuning.LinearLayer;
import io.weft.lm.tuning.ModelPlan;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A checkpoint on disk: what it describes, checked against what it holds; its weights are read when somebody needs them. */
public final class Base implements ModelPlan {

    private final Path folder;
    private final CheckpointFormat format;
    private final String digest;
    private final Architecture architecture;
    private final List<TensorSpec> weights;
    private final String name;
    private final List<Companion> companions;

    private Base(
            Path folder,
            CheckpointFormat format,
            String digest,
            Architecture architecture,
            List<TensorSpec> weights,
            List<Companion> companions,
            String name) {
        this.folder = folder;
        this.name = name;
        this.format = format;
        this.digest = digest;
        this.architecture = architecture;
        this.weights = weights;
        this.companions = companions;
    }

    /**
     * Reads a checkpoint's description.
     *
     * @throws Refusal when the family is not supported, or a weight is missing or of another shape than config.json says
     */
    public static Base open(Path folder, CheckpointFormat format) throws IOException {
        return open(folder, format, folder.toString());
    }

    /**
     * The same, for results that call it otherwise than by its folder.
     *
     * @param name what it is called
     */
    public static Base open(Path folder, CheckpointFormat format, String name) throws IOException {
        try (TensorReader reader = format.open(folder)) {
            Manifest manifest = reader.manifest();
            Architecture architecture = architecture(folder, manifest);
            List<TensorSpec> weights = weights(folder, manifest, architecture);
            String digest = manifest.baseDigest();
            return new Base(
                    folder,
                    format,
                    digest.isEmpty() ? Digests.base(folder) : digest,
                    architecture,
                    weights,
                    manifest.companions(),
                    name);
        }
    }

    /**
     * The architecture that a checkpoint's config.json describes.
     *
     * @throws Refusal when there is none, or the family is not supported
     */
    public static Architecture architecture(Path folder, Manifest manifest) {
        String source = folder.resolve("config.json").toString();
        Companion config = manifest.companion("config.json")
                .orElseThrow(() -> new Refusal(source + ": missing, so what model this is cannot be known"));
        return ArchitectureReader.read(config.text(), source);
    }

    /**
     * The tensors of a checkpoint that its architecture computes with.
     *
     * @throws Refusal when one is missing or of another shape
     */
    public static List<TensorSpec> weights(Path folder, Manifest manifest, Architecture architecture) {
        int there = manifest.tensors().size();
        if (architecture.layers() > there) {
            // Before a list of what they should have is made, which may be longer than the memory.
            throw new Refusal(folder + ": config.json asks for " + architecture.layers()
                    + " layers (num_hidden_layers), and the weights are " + there
                    + " tensors; take both from one checkpoint");
        }
        return architecture.tensors(DType.F32).stream()
                .map(expected -> found(manifest, expected, folder))
                .toList();
    }

    private static TensorSpec found(Manifest manifest, TensorSpec expected, Path folder) {
        TensorSpec found = manifest.tensor(expected.name())
                .orElseThrow(() -> new Refusal(
                        folder + ": tensor " + expected.name() + " is missing, which config.json asks for"));
        if (!found.shape().equals(expected.shape())) {
            throw new Refusal(folder + ": tensor " + expected.name() + " has shape " + found.shape()
                    + ", but config.json makes it " + expected.shape());
        }
        if (!found.type().decodable()) {
            throw new Refusal(folder + ": tensor " + expected.name() + " is " + found.type()
                    + "; weights may be F64, F32, F16 or BF16");
        }
        return found;
    }

    /** Opens the weights; the caller closes them. */
    public TensorReader open() throws IOException {
        return format.open(folder);
    }

    /**
     * Reads every weight once.
     *
     * @throws Refusal when a value is not finite; names the file, the tensor and the element
     */
    public void requireFinite() throws IOException {
        float[] piece = new float[1 << 16];
        try (TensorReader reader = open()) {
            for (TensorSpec weight : weights) {
                TensorSpec stored = reader.manifest().tensor(weight.name()).orElseThrow();
                for (long first = 0; first < stored.elements(); first += piece.length) {
                    int count = (int) Math.min(piece.length, stored.elements() - first);
                    reader.read(stored, first, piece, count);
                    for (int i = 0; i < count; i++) {
                        if (!Float.isFinite(piece[i])) {
                            throw new Refusal(
                                    reader.file().orElse(folder) + ": tensor " + weight.name() + " holds " + piece[i]
                                            + " at element " + (first + i)
                                            + "; a model must be finite everywhere, so get the checkpoint again from where it came");
                        }
                    }
                }
            }
        }
    }

    /** The tensor of the checkpoint that holds a weight: for a tied output projection, the input embeddings. */
    public String stored(String weight) {
        return architecture.tied() && weight.equals(Architecture.HEAD) ? Architecture.EMBEDDING : weight;
    }

    public Architecture architecture() {
        return architecture;
    }

    @Override
    public String location() {
        return name;
    }

    @Override
    public String digest() {
        return digest;
    }

    @Override
    public DType type() {
        return weights.get(0).type();
    }

    @Override
    public int layers() {
        return architecture.layers();
    }

    @Override
    public int hidden() {
        return architecture.hidden();
    }

    @Override
    public int vocabulary() {
        return architecture.vocabulary();
    }

    @Override
    public List<LinearLayer> linears() {
        return architecture.linears();
    }

    @Override
    public List<TensorSpec> weights() {
        return weights;
    }

    @Override
    public List<Companion> companions() {
        return companions;
    }
}
