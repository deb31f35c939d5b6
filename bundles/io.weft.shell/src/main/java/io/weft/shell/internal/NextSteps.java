package io.weft.shell.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.job.DataSettings;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the result lies and what one can do with it, as commands to copy. */
final class NextSteps {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PLAIN_WORD = "[A-Za-z0-9_./:@%+=,-]+";

    private NextSteps() {}

    static List<String> after(SimulationResult result, SimulationRequest request) {
        Path model = result.folder().resolve("result");
        if (!isLanguageModel(model)) {
            return List.of("", "result:   " + model);
        }
        Optional<Path> data = data(request);
        String tested = tested(model);
        return List.of(
                "",
                "result:   " + model,
                "evaluate: weft evaluate " + tested + " --data "
                        + data.map(Path::toString).map(NextSteps::quoted).orElse("FILE"),
                "generate: weft generate " + tested + " --prompt "
                        + quoted(data.flatMap(NextSteps::prompt).orElse("Once upon a time")));
    }

    /** A result of named tensors alone is known to its own program only. */
    private static boolean isLanguageModel(Path model) {
        return Files.exists(model.resolve("config.json")) || Files.exists(model.resolve("adapter_config.json"));
    }

    /** An adapter names its base, a whole model stands for itself. */
    private static String tested(Path model) {
        Path config = model.resolve("adapter_config.json");
        if (!Files.exists(config)) {
            return "--model " + quoted(model.toString());
        }
        String base = "BASE";
        try {
            base = JSON.readTree(config.toFile())
                    .path("base_model_name_or_path")
                    .asText(base);
        } catch (IOException e) {
            // The hint is worth less without the name of the base, the run is not.
        }
        return "--model " + quoted(base) + " --adapter " + quoted(model.toString());
    }

    private static Optional<Path> data(SimulationRequest request) {
        if (request.sites() instanceof SiteData.Split split) {
            return Optional.of(split.file());
        }
        if (!(request.sites() instanceof SiteData.Folders beside)) {
            return Optional.empty();
        }
        Path sites = beside.folder();
        Optional<DataSettings> settings = request.job().data();
        if (settings.isEmpty()) {
            return Optional.empty();
        }
        String dataset = settings.get().validate().orElse(settings.get().train());
        try (Stream<Path> folders = Files.list(sites)) {
            return folders.sorted()
                    .map(folder -> folder.resolve(dataset + ".jsonl"))
                    .filter(Files::exists)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The first record's prompt. */
    private static Optional<String> prompt(Path data) {
        try (BufferedReader lines = Files.newBufferedReader(data)) {
            String line = lines.readLine();
            JsonNode prompt = line == null ? null : JSON.readTree(line).get("prompt");
            return Optional.ofNullable(prompt)
                    .filter(JsonNode::isTextual)
                    .map(JsonNode::asText)
                    .filter(text -> text.length() <= 60 && text.indexOf('\n') < 0);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A word that a POSIX shell takes as it is. */
    static String quoted(String word) {
        return word.matches(PLAIN_WORD) ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
