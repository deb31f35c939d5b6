package io.weft.exchange;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How a manifest travels: float tensors as fp32, what nobody computes with as it is, and beside the first model its companions, each as a tensor of bytes. */
public final class Exchanged {

    /** The section of companions on the way. */
    public static final String COMPANION = "companion";

    private Exchanged() {}

    /** Trainers may list the same tensors in different orders; all ends exchange them in this one. */
    private static final Comparator<TensorSpec> ORDER =
            Comparator.comparing(TensorSpec::section).thenComparing(TensorSpec::name);

    /** The tensors as they are exchanged and kept while the job runs, in the order of their sections and names; frozen ones are not. */
    public static List<TensorSpec> tensors(List<TensorSpec> tensors) {
        return tensors.stream()
                .filter(spec -> !spec.section().equals(TensorSpec.FROZEN))
                .map(spec -> spec.type().decodable() ? spec.as(DType.F32) : spec)
                .sorted(ORDER)
                .toList();
    }

    /** The tensors that come with the first model alone, in their own types. */
    public static List<TensorSpec> frozen(List<TensorSpec> tensors) {
        return tensors.stream()
                .filter(spec -> spec.section().equals(TensorSpec.FROZEN))
                .sorted(ORDER)
                .toList();
    }

    /** The first model as a site submits it: what is exchanged, then what is frozen. */
    public static List<TensorSpec> first(List<TensorSpec> tensors) {
        return Stream.concat(tensors(tensors).stream(), frozen(tensors).stream())
                .toList();
    }

    /** The companions of a manifest as tensors. */
    public static List<TensorSpec> companions(Message.WireManifest manifest) {
        return manifest.companions().stream()
                .map(companion -> companion(companion.path(), companion.bytes()))
                .toList();
    }

    /** A model, followed by the companions; closing it closes the model. */
    public static TensorReader beside(TensorReader model, List<Companion> companions) {
        return new WithCompanions(model, List.copyOf(companions));
    }

    private static TensorSpec companion(String path, long bytes) {
        return new TensorSpec(COMPANION, path, DType.U8, Shape.of(bytes), Collections.emptySortedMap());
    }

    private record WithCompanions(TensorReader model, List<Companion> companions) implements TensorReader {

        @Override
        public Manifest manifest() {
            Manifest own = model.manifest();
            List<TensorSpec> all = Stream.concat(
                            own.tensors().stream(),
                            companions.stream().map(one -> companion(one.path(), one.content().length)))
                    .toList();
            return new Manifest(own.layout(), all, List.of(), own.baseDigest());
        }

        @Override
        public void read(TensorSpec tensor, long first, float[] into, int count) throws IOException {
            model.read(tensor, first, into, count);
        }

        @Override
        public void readBytes(TensorSpec tensor, long offset, ByteBuffer into) throws IOException {
            if (!tensor.section().equals(COMPANION)) {
                model.readBytes(tensor, offset, into);
                return;
            }
            byte[] content = companions.stream()
                    .filter(one -> one.path().equals(tensor.name()))
                    .findFirst()
                    .orElseThrow()
                    .content();
            into.put(content, Math.toIntExact(offset), into.remaining());
        }

        @Override
        public Optional<Path> file() {
            return Optional.empty();
        }

        @Override
        public void close() throws IOException {
            model.close();
        }
    }
}
