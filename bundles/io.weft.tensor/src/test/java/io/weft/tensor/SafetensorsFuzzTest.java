package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that chance has spoilt are refused in one line, or their tensors are whole. {@code -Dweft.fuzz=N} tries N times as many,
 * {@code -Dweft.fuzz.seed=N} others.
 */
class SafetensorsFuzzTest {

    private static final int TIMES = Integer.getInteger("weft.fuzz", 1);

    private static final int MOST_BYTES = 10_000_000;

    private final Random random = new Random(Long.getLong("weft.fuzz.seed", 20));

    @TempDir
    private Path folder;

    @Test
    void aSpoiltFileIsRefusedOrItsTensorsAreWhole() throws IOException {
        byte[] good = Golden.bytes("all-types.safetensors");
        int cases = 10_000 * TIMES;
        int refused = 0;
        Path file = folder.resolve("spoilt.safetensors");
        for (int i = 0; i < cases; i++) {
            Files.write(file, spoilt(good));
            refused += isRefused(file) ? 1 : 0;
        }
        assertTrue(refused > cases / 3, "only " + refused + " of " + cases + " spoilt files were refused");
    }

    @Test
    void aSpoiltIndexIsRefusedOrItsTensorsAreWhole() throws IOException {
        try (Stream<Path> files = Files.list(Golden.path("sharded"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName().toString()));
            }
        }
        Path index = folder.resolve("model.safetensors.index.json");
        byte[] good = Files.readAllBytes(index);
        int cases = 3_000 * TIMES;
        int refused = 0;
        for (int i = 0; i < cases; i++) {
            Files.write(index, spoilt(good));
            refused += isRefused(index) ? 1 : 0;
        }
        assertTrue(refused > cases / 3, "only " + refused + " of " + cases + " spoilt indexes were refused");
    }

    private static boolean isRefused(Path file) throws IOException {
        try (TensorReader reader = Safetensors.openCheckpoint(file)) {
            for (TensorSpec tensor : reader.manifest().tensors()) {
                assertTrue(tensor.bytes() < MOST_BYTES, "no tensor is larger than its file");
                reader.readBytes(tensor, 0, ByteBuffer.allocate(Math.toIntExact(tensor.bytes())));
            }
            return false;
        } catch (Refusal e) {
            assertFalse(e.getMessage().matches("(?s).*\\p{Cntrl}.*"), e.getMessage());
            assertTrue(e.getMessage().length() < 800, e.getMessage());
            return true;
        }
    }

    /** Some bytes are others, often such as mean something in JSON, and some files are cut or longer. */
    private byte[] spoilt(byte[] good) {
        byte[] spoilt = good.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(random.nextInt(8) == 0 ? 8 : spoilt.length);
            spoilt[at] = random.nextBoolean()
                    ? (byte) random.nextInt(256)
                    : (byte) "0189{}[]\",:-.e".charAt(random.nextInt(14));
        }
        return switch (random.nextInt(4)) {
            case 0 -> Arrays.copyOf(spoilt, random.nextInt(spoilt.length));
            case 1 -> Arrays.copyOf(spoilt, spoilt.length + 1 + random.nextInt(64));
            default -> spoilt;
        };
    }
}
