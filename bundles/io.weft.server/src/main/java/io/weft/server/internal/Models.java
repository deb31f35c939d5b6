package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.workflow.ModelRef;
import io.weft.exchange.Digested;
import io.weft.exchange.Exchanged;
import io.weft.exchange.Message;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The models of a job: global ones, and results as they are or would be written. */
final class Models {

    private static final Pattern REFERENCE = Pattern.compile("(global|result)/([0-9]{1,9})");

    private final JobFolder folder;
    private final Message.WireManifest wire;
    private final Manifest manifest;
    private final List<TensorSpec> exchanged;
    private volatile Optional<Newest> newest = Optional.empty();

    /** The digests of the exchanged tensors of the newest global model, which all sites are about to pull. */
    private record Newest(int round, List<byte[]> digests) {}

    Models(JobFolder folder, Message.WireManifest wire) {
        this.folder = folder;
        this.wire = wire;
        this.manifest = wire.with(List.of());
        this.exchanged = Exchanged.tensors(manifest.tensors());
    }

    /** The manifest that the sites agreed upon. */
    Message.WireManifest wire() {
        return wire;
    }

    /** The tensors as they are exchanged and kept. */
    List<TensorSpec> exchanged() {
        return exchanged;
    }

    /** What of the result is never exchanged. */
    List<TensorSpec> frozen() {
        return Exchanged.frozen(manifest.tensors());
    }

    /** The first model with all that comes with it. */
    List<TensorSpec> first() {
        return Stream.concat(Exchanged.first(manifest.tensors()).stream(), Exchanged.companions(wire).stream())
                .toList();
    }

    /** Reads what is never exchanged, when there is such a thing. */
    Optional<TensorReader> openFrozen() throws IOException {
        return frozen().isEmpty() ? Optional.empty() : Optional.of(Safetensors.open(folder.frozen(), frozen()));
    }

    /** The manifest with the companions that came with the first model. */
    Manifest manifest() throws IOException {
        List<Companion> contents = new ArrayList<>();
        for (Message.WireCompanion companion : wire.companions()) {
            Path file = CompanionPaths.inside(folder.companions(), companion.path());
            contents.add(new Companion(companion.path(), Files.readAllBytes(file)));
        }
        return wire.with(contents);
    }

    /** A round's global model with the values of its result as written. */
    static ModelRef result(int round) {
        return new ModelRef("result/" + round);
    }

    /** The round that left a global model or a result. */
    static int round(ModelRef reference) {
        return Integer.parseInt(parse(reference).group(2));
    }

    /** Whether writing a result changes any value of its model. */
    boolean rounds() {
        return !Set.copyOf(manifest.tensors()).equals(Set.copyOf(exchanged));
    }

    TensorReader open(ModelRef reference) throws IOException {
        Matcher parsed = parse(reference);
        Path file = folder.global(Integer.parseInt(parsed.group(2)));
        if (!Files.exists(file)) {
            throw new Refusal("there is no model '" + reference.id() + "' in this job");
        }
        TensorReader model = Safetensors.open(file, exchanged);
        if (parsed.group(1).equals("result")) {
            return new Rounded(model, manifest.tensors());
        }
        return newest.filter(known -> known.round() == round(reference))
                .<TensorReader>map(known -> new Digested(model, known.digests()))
                .orElse(model);
    }

    /**
     * A round has left this global model.
     *
     * @param digests the SHA-256 of each exchanged tensor, in their order
     */
    void made(int round, List<byte[]> digests) {
        newest = Optional.of(new Newest(round, digests));
    }

    private static Matcher parse(ModelRef reference) {
        Matcher parsed = REFERENCE.matcher(reference.id());
        if (!parsed.matches()) {
            throw new Refusal("'" + reference.id() + "' names no global model");
        }
        return parsed;
    }
}
