package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.lm.EvaluationRequest;
import io.weft.lm.GenerationRequest;
import io.weft.lm.LanguageModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCommandsTest {

    @TempDir
    Path model;

    private final Recording recording = new Recording();
    private final FakeModels models = new FakeModels();
    private final OneService<LanguageModels> service = new OneService<>(models);
    private final OneFormat plugins = new OneFormat();

    @BeforeEach
    void writeConfig() throws IOException {
        Files.writeString(model.resolve("config.json"), "{}");
    }

    @Test
    void evaluatePrintsOneObject() throws InterruptedException {
        assertEquals(0, evaluate("--model", model.toString(), "--data", "eval.jsonl", "--json"));
        assertEquals(
                "{\"loss\":0.5,\"perplexity\":1.6487212707001282,\"tokenAccuracy\":0.75,\"tokens\":40,\"samples\":4}\n",
                recording.out());
        assertEquals("note: eval.jsonl:3: not JSON\n", recording.err());
        assertEquals(0, plugins.open);
        assertEquals(0, service.held());
    }

    @Test
    void evaluatePrintsLinesToRead() throws InterruptedException {
        evaluate("--model", model.toString(), "--data", "eval.jsonl");

        assertEquals("""
                loss            0.500000 per labelled token
                perplexity      1.6487
                token accuracy  0.7500
                tokens          40 labelled
                samples         4
                """, recording.out());
    }

    @Test
    void evaluatePassesItsFlagsOn() throws InterruptedException {
        evaluate(
                "--model",
                model.toString(),
                "--adapter",
                "a",
                "--data",
                "d",
                "--template",
                "alpaca",
                "--max-length",
                "64");

        assertEquals(
                List.of(new EvaluationRequest(
                        model,
                        Optional.of(Path.of("a")),
                        List.of(Path.of("d")),
                        Optional.of("alpaca"),
                        OptionalInt.of(64))),
                models.asked);
    }

    @Test
    void generatePrintsTheContinuationAlone() throws InterruptedException {
        assertEquals(0, generate("--model", model.toString(), "--prompt", "Once"));
        assertEquals(" upon a time\n", recording.out());
        assertEquals("", recording.err());
        assertEquals(List.of(new GenerationRequest(model, Optional.empty(), "Once", 128, 0, 0)), models.asked);
    }

    @Test
    void generateRefusesATemperatureBelowZero() throws InterruptedException {
        assertEquals(2, generate("--model", model.toString(), "--prompt", "x", "--temperature", "-1"));
        assertTrue(recording.err().startsWith("weft: generate: --temperature is '-1'; allowed: a number from 0"));
        assertEquals(0, service.taken());
    }

    @Test
    void refusesAModelThatIsNotThere() throws InterruptedException {
        Path missing = model.resolve("missing");

        assertEquals(2, generate("--model", missing.toString(), "--prompt", "x"));
        assertEquals("weft: there is no model " + missing + "; give the folder of a checkpoint\n", recording.err());
        assertEquals(0, service.taken());
    }

    @Test
    void anAdapterIsNotTakenForAModel() throws IOException, InterruptedException {
        Files.move(model.resolve("config.json"), model.resolve("adapter_config.json"));
        String refusal =
                "weft: " + model + " is an adapter, and no model of its own; give it with --adapter, and the folder of"
                        + " its base with --model\n";

        assertEquals(2, generate("--model", model.toString(), "--prompt", "x"));
        assertEquals(2, evaluate("--model", model.toString(), "--data", "eval.jsonl"));
        assertEquals(refusal.repeat(2), recording.err());
        assertEquals(0, plugins.open);
    }

    @Test
    void refusesAFolderThatNoFormatRecognises() throws IOException, InterruptedException {
        Files.delete(model.resolve("config.json"));

        assertEquals(2, evaluate("--model", model.toString(), "--data", "eval.jsonl"));
        assertEquals(
                "weft: " + model
                        + " is no checkpoint that can be read here; there are formats for: hf (a Hugging Face folder holds config.json"
                        + " and *.safetensors)\n",
                recording.err());
        assertEquals(0, plugins.open);
    }

    private int evaluate(String... words) throws InterruptedException {
        var command = new Evaluate(service, plugins);
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }

    private int generate(String... words) throws InterruptedException {
        var command = new Generate(service, plugins);
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }
}
