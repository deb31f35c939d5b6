package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.job.JobFile;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BasesTest {

    private static final String LM =
            "strategy: lora\ndata: {train: notes}\ntrain: {lr: 1.0e-3}\nworkflow: {rounds: 1}\nmodel: {base: %s}\n";

    private static final String PROGRAM =
            "trainer: {command: [python3]}\nworkflow: {rounds: 1}\nmodel: {backend: weights, base: %s}\n";

    @TempDir
    Path root;

    @Test
    void aFolderBesideTheJobFile() throws IOException {
        Path folder = Files.createDirectories(root.resolve("small"));

        assertEquals(Optional.of(folder), bases(LM, "small").base());
    }

    @Test
    void aFileIsNoneAndTheMessageSaysWhatABaseIs() throws IOException {
        Path file = Files.writeString(root.resolve("small.safetensors"), "");

        Refusal refusal =
                assertThrows(Refusal.class, () -> bases(LM, "small.safetensors").base());

        assertEquals(
                root.resolve("job.yaml") + ":6: model.base is the file " + file + ", and a base is a folder, with"
                        + " config.json, tokenizer.json and the weights that they belong to; name the folder",
                refusal.getMessage());
    }

    @Test
    void aFileIsOneWhereAProgramTrains() throws IOException {
        Path file = Files.writeString(root.resolve("small.safetensors"), "");

        assertEquals(Optional.of(file), bases(PROGRAM, "small.safetensors").base());
    }

    private Bases bases(String job, String base) throws IOException {
        Path file = Files.writeString(root.resolve("job.yaml"), "name: small\n" + job.formatted(base));
        return new Bases(new SimulationRequest(
                JobFile.read(file),
                file,
                new SiteData.Folders(root.resolve("sites")),
                Optional.empty(),
                root.resolve("home"),
                OptionalInt.empty()));
    }
}
