package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.tensor.Safetensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {

    private static final int ELEMENTS = 300_000;

    private static final TensorSpec TENSOR = TensorSpec.of("w", DType.F32, Shape.of(ELEMENTS));

    @TempDir
    Path folder;

    private static ByteBuffer ramp(int elements) {
        ByteBuffer bytes = ByteBuffer.allocate(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            bytes.putFloat(i * Float.BYTES, i - 0.5f);
        }
        return bytes;
    }

    private Spool spool() throws Exception {
        return new Spool(
                Safetensors.create(folder.resolve("u.safetensors"), List.of(TENSOR)), new JobFolder(folder), List.of());
    }

    @Test
    void putsPiecesOfAnySizeOnDisk() throws Exception {
        ByteBuffer sent = ramp(ELEMENTS);
        try (Spool spool = spool()) {
            spool.write(TENSOR, 0, sent.slice(0, 1_000_000));
            spool.write(TENSOR, 1_000_000, sent.slice(1_000_000, 200_000));
            spool.commit();
        }
        try (TensorReader kept = Safetensors.open(folder.resolve("u.safetensors"), List.of(TENSOR))) {
            ByteBuffer read = ByteBuffer.allocate(sent.capacity());
            kept.readBytes(TENSOR, 0, read);
            assertEquals(sent.rewind(), read.flip());
        }
    }

    @Test
    void namesTheElementThatIsNoNumber() throws Exception {
        ByteBuffer sent = ramp(1000).putFloat(4 * 999, Float.NEGATIVE_INFINITY);
        ByteBuffer far = ramp(200_000).putFloat(4 * 150_000, Float.NaN);
        try (Spool spool = spool()) {
            Refusal first = assertThrows(Refusal.class, () -> spool.write(TENSOR, 0, sent));
            assertEquals(
                    "tensor 'w' has -Infinity (element 999); the training diverged: lower train.lr or set train.clip",
                    first.getMessage());
            Refusal second = assertThrows(Refusal.class, () -> spool.write(TENSOR, 400_000, far));
            assertEquals(
                    "tensor 'w' has NaN (element 250000); the training diverged: lower train.lr or set train.clip",
                    second.getMessage());
        }
    }

    /** Else a value that is none could come in two halves. */
    @Test
    void refusesAPieceThatTearsAnElementApart() throws Exception {
        try (Spool spool = spool()) {
            Refusal refused = assertThrows(Refusal.class, () -> spool.write(TENSOR, 0, ByteBuffer.allocate(6)));
            assertEquals(
                    "tensor 'w' came in a piece of 6 bytes at 0; fp32 is sent in whole elements", refused.getMessage());
        }
    }
}
