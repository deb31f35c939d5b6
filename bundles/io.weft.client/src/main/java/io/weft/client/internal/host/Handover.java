package io.weft.client.internal.host;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Models between a site and a program, as plain safetensors files that change hands: they are copied only where a type differs. A
 * program sees the model's own types; a site exchanges floating-point numbers as fp32.
 */
final class Handover {

    private static final int PIECE = 1 << 16;

    private final Path folder;
    private final List<TensorSpec> tensors;

    /**
     * @param folder for files under way
     * @param tensors as a program gets them
     */
    Handover(Path folder, List<TensorSpec> tensors) {
        this.folder = folder;
        this.tensors = List.copyOf(tensors);
    }

    /** Where a program puts its answer. */
    Path answer() {
        return folder.resolve("answer.safetensors");
    }

    /** The model as a file for a program. */
    Path give(TensorReader model) throws IOException {
        boolean same = model.manifest().tensors().stream().allMatch(tensor -> own(tensor.name())
                .filter(own -> own.type() == tensor.type() && own.name().indexOf(':') < 0)
                .isPresent());
        Optional<Path> file = model.file();
        if (same && file.isPresent()) {
            return file.get().toAbsolutePath();
        }
        Path own = folder.resolve("received.safetensors").toAbsolutePath();
        try (TensorWriter out = Safetensors.createScratchCheckpoint(own, tensors)) {
            for (TensorSpec tensor : model.manifest().tensors()) {
                copy(model, tensor, Optional.empty(), out, own(tensor.name()).orElseThrow());
            }
            out.commit();
        }
        return own;
    }

    /**
     * Takes a program's answer.
     *
     * @param difference whether the answer is the difference to what was received
     * @throws Refusal when its tensors are not the model's; names the tensor
     */
    void take(Path file, boolean difference, TensorReader received, TensorWriter update) throws IOException {
        try {
            check(file);
            if (!difference && update.adopt(file)) {
                return;
            }
            try (TensorReader given = Safetensors.openCheckpoint(file)) {
                for (TensorSpec tensor : update.manifest().tensors()) {
                    TensorSpec own = given.manifest().tensor(tensor.name()).orElseThrow();
                    copy(given, own, difference ? Optional.of(received) : Optional.empty(), update, tensor);
                }
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private Optional<TensorSpec> own(String name) {
        return tensors.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    private void check(Path file) throws IOException {
        try (TensorReader given = Safetensors.openCheckpoint(file)) {
            Map<String, TensorSpec> found = new TreeMap<>();
            given.manifest().tensors().forEach(tensor -> found.put(tensor.name(), tensor));
            for (TensorSpec own : tensors) {
                TensorSpec one = found.remove(own.name());
                if (one == null) {
                    throw new Refusal("the program sent no tensor '" + own.name() + "'; it must send all "
                            + tensors.size() + " that it received");
                }
                boolean fits = one.type() == own.type()
                        || (one.type().decodable() && own.type().decodable());
                if (!fits || !one.shape().equals(own.shape())) {
                    throw new Refusal("the program sent tensor '" + own.name() + "' as " + one.type() + " "
                            + one.shape() + " where the model has " + own.type() + " " + own.shape());
                }
            }
            if (!found.isEmpty()) {
                throw new Refusal("the program sent a tensor '"
                        + found.keySet().iterator().next()
                        + "', which the model does not have; send the tensors that were received, and no others");
            }
        }
    }

    /** Copies a tensor, decoding and encoding it where types differ; {@code plus} is added to it. */
    static void copy(TensorReader from, TensorSpec tensor, Optional<TensorReader> plus, TensorWriter to, TensorSpec as)
            throws IOException {
        if (as.type().decodable() && (tensor.type() != as.type() || plus.isPresent())) {
            decoded(from, tensor, plus, to, as);
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE);
        for (long offset = 0; offset < tensor.bytes(); offset += bytes.limit()) {
            bytes.clear().limit((int) Math.min(PIECE, tensor.bytes() - offset));
            from.readBytes(tensor, offset, bytes);
            to.writeBytes(as, offset, bytes.flip());
        }
    }

    private static void decoded(
            TensorReader from, TensorSpec tensor, Optional<TensorReader> plus, TensorWriter to, TensorSpec as)
            throws IOException {
        float[] values = new float[PIECE];
        float[] before = new float[PIECE];
        for (long first = 0; first < tensor.elements(); first += PIECE) {
            int count = (int) Math.min(PIECE, tensor.elements() - first);
            from.read(tensor, first, values, count);
            if (plus.isPresent()) {
                plus.get().read(as, first, before, count);
                for (int i = 0; i < count; i++) {
                    values[i] += before[i];
                }
            }
            to.write(as, first, values, count);
        }
    }
}
