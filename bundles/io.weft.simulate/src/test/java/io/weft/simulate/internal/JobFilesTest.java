package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.job.JobFile;
import io.weft.server.JobFiles;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobFilesTest {

    @TempDir
    Path root;

    @Test
    void whatTheCommandNamesBesideTheJobTravels() throws IOException {
        Files.writeString(root.resolve("train.py"), "");
        Files.createDirectories(root.resolve("conf"));
        Files.writeString(root.resolve("conf/a.yaml"), "");

        assertEquals(Set.of("train.py", "conf/a.yaml"), packed("[python3, train.py, conf, --seed, '7']"));
    }

    @Test
    void aScriptThatIsNotThereIsRefusedWithTheNearest() throws IOException {
        Files.writeString(root.resolve("train.py"), "");

        Refusal refusal = assertThrows(Refusal.class, () -> packed("[python3, trian.py]"));

        assertEquals(
                root.resolve("job.yaml") + ":4: trainer.command runs 'trian.py', and there is no "
                        + root.resolve("trian.py")
                        + "; put the script there, or give it with its whole path when every site has it; did you mean"
                        + " 'train.py'?",
                refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[sh, -c, cd x && python train.py]",
                "[python3, -m, package.train]",
                "[python3, --config=conf.py]",
                "[/opt/site/train.py]",
                "[python3, '.py']",
                "[python3, '{data}/train.py']",
                "[python3, notes.txt]",
                "[java, -cp, 'mine.jar:/opt/weft/client.jar', Mine]"
            })
    void otherWordsMayMeanAnything(String command) throws IOException {
        assertEquals(Set.of(), packed(command));
    }

    private Set<String> packed(String command) throws IOException {
        Path file = Files.writeString(root.resolve("job.yaml"), """
                name: scripted
                workflow: {rounds: 1}
                model: {backend: weights, base: base}
                trainer: {command: %s}
                """.formatted(command));
        SimulationRequest request = new SimulationRequest(
                JobFile.read(file),
                file,
                new SiteData.Folders(root.resolve("sites")),
                Optional.empty(),
                root.resolve("home"),
                OptionalInt.empty());
        return JobFiles.of(request.job(), request.jobFile(), Optional.empty())
                .files()
                .keySet();
    }
}
