package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused here does not reach a server. */
class SubmitTest {

    @TempDir
    Path folder;

    private final Recording recording = new Recording();

    private Path job(String base, String more) throws IOException {
        return Files.writeString(folder.resolve("job.yaml"), """
                name: small
                workflow: {rounds: 1}
                model: {backend: hf, base: '%s'}
                strategy: {type: lora}
                data: {train: notes}
                train: {lr: 1.0e-3, batch: 1, epochs: 1}
                %s
                """.formatted(base, more));
    }

    private int submit(Path job) throws InterruptedException {
        var command = new Submit(new AdminConnections(new OneFormat(), List.of(), folder));
        return Session.run(
                recording.screen(),
                () -> command.run(
                        List.of(
                                job.toString(),
                                "--kit",
                                folder.resolve("no-kit").toString()),
                        recording.screen()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../base", ".", "/srv/models/base", "./base", "C:/models/base"})
    void aPathIsNoNameOfABase(String base) throws Exception {
        Path job = job(base, "");

        assertEquals(2, submit(job));
        assertEquals(
                "weft: " + job + ":3: model.base is '" + base
                        + "', which no site's conf/models.yaml can name; a path holds"
                        + " for 'weft simulate' alone: give the name that the base has at the sites, a name of letters,"
                        + " digits, '.', '_', '-' and '/', beginning with a letter or a digit\n",
                recording.err());
    }

    @Test
    void norIsItForOneSite() throws Exception {
        Path job = job("base", "sites: {north: {model: {base: ../other}}}");

        assertEquals(2, submit(job));
        assertTrue(
                recording.err().startsWith("weft: " + job + ":7: model.base is '../other', which no site's"),
                recording.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "HuggingFaceTB/SmolLM2-135M", "4bit/base.v1_2"})
    void aNameIsLeftToTheSites(String base) throws Exception {
        assertEquals(2, submit(job(base, "")));
        assertTrue(recording.err().contains("no-kit"), recording.err());
    }
}
