package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.tensor.DigestedWriter;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The first model of a job that brings it along. */
final class FirstModel {

    private static final int PIECE = 1 << 16;

    private FirstModel() {}

    /** Makes {@code rounds/0} of a file, with values in the types in which models are exchanged. */
    static void take(Path file, Models models, JobFolder folder) throws IOException {
        JobFolder.write(folder.manifest(), models.wire());
        try (TensorReader given = Safetensors.openCheckpoint(file);
                DigestedWriter kept = Safetensors.createDigested(folder.global(0), models.exchanged())) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE);
            float[] values = new float[PIECE];
            for (TensorSpec tensor : models.exchanged()) {
                TensorSpec own = given.manifest()
                        .tensor(tensor.name())
                        .orElseThrow(() -> new Refusal(file + " has no tensor '" + tensor.name()
                                + "', which the sites exchange; start the job with the model they have"));
                if (own.type() == tensor.type()) {
                    copy(given, own, kept, bytes);
                } else {
                    decode(given, own, kept, tensor, values);
                }
            }
            models.made(0, kept.commitDigested().tensors());
        }
    }

    private static void copy(TensorReader from, TensorSpec tensor, TensorWriter to, ByteBuffer bytes)
            throws IOException {
        for (long offset = 0; offset < tensor.bytes(); offset += bytes.limit()) {
            bytes.clear().limit((int) Math.min(PIECE, tensor.bytes() - offset));
            from.readBytes(tensor, offset, bytes);
            to.writeBytes(tensor, offset, bytes.flip());
        }
    }

    private static void decode(TensorReader from, TensorSpec own, TensorWriter to, TensorSpec as, float[] values)
            throws IOException {
        for (long first = 0; first < own.elements(); first += PIECE) {
            int count = (int) Math.min(PIECE, own.elements() - first);
            from.read(own, first, values, count);
            to.write(as, first, values, count);
        }
    }
}
