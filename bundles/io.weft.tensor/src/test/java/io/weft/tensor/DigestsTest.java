package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTest {

    @TempDir
    private Path folder;

    /** The values of FIPS 180-2, appendix B.1 and B.3. */
    @Test
    void areThoseOfTheStandard() throws IOException {
        assertEquals(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                Digests.of("abc".getBytes(StandardCharsets.UTF_8)));
        Path file = Files.writeString(folder.resolve("a-million"), "a".repeat(1_000_000));
        assertEquals("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", Digests.of(file));
    }

    /** {@code sha256sum config.json model.safetensors tokenizer.json | sha256sum}. */
    @Test
    void theBaseDigestIsWhatSha256sumGives() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), "t");
        Files.writeString(folder.resolve("model.safetensors"), "m");
        Files.writeString(folder.resolve("config.json"), "c");
        assertEquals("091fb512ac98f230b7e0b5ec32f11d9a8272336804eda3f1e02026e75fe1831a", Digests.base(folder));
    }

    @Test
    void theBaseDigestDependsOnNothingElseInTheFolder() throws IOException {
        Files.writeString(folder.resolve("model.safetensors"), "m");
        String before = Digests.base(folder);
        Files.writeString(folder.resolve("README.md"), "about it");
        Files.createDirectory(folder.resolve("runs.safetensors"));
        Files.writeString(folder.resolve(".model.safetensors"), "hidden");
        assertEquals(before, Digests.base(folder));

        Files.writeString(folder.resolve("config.json"), "{}");
        assertNotEquals(before, Digests.base(folder));
    }

    @Test
    void aFolderWithoutWeightsHasNone() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{}");
        assertEquals(
                folder + ": no *.safetensors file, so there is no base to take a digest of",
                assertThrows(Refusal.class, () -> Digests.base(folder)).getMessage());
    }
}
