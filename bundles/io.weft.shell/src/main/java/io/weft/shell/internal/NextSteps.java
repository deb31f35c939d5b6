package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.job.DataSettings;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SimulationResult;
import io.weft.simulate.SiteData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Where the result lies and what one can do with it, as commands to copy. */
final class NextSteps {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NO_PROMPT = "Once upon a time";

    /** A template's own words are long, and a prompt without them is another one. */
    private static final int LONGEST_PROMPT = 600;

    /** Of a text. */
    private static final int WORDS = 6;

    private static final String PLAIN_WORD = "[A-Za-z0-9_./:@%+=,-]+";

    private NextSteps() {}

    static List<String> after(SimulationResult result, SimulationRequest request, Datasets datasets, Screen screen) {
        Path model = result.folder().resolve("result");
        if (!isLanguageModel(model)) {
            return List.of("", "result:   " + model);
        }
        Optional<Path> data = data(request);
        String tested = tested(model);
        return List.of(
                "",
                "result:   " + model,
                "evaluate: "
                        + screen.command("evaluate " + tested + " --data "
                                + data.map(Path::toString)
                                        .map(NextSteps::quoted)
                                        .orElse("FILE")),
                "generate: "
                        + screen.command(
                                "generate " + tested + " --prompt " + quoted(prompt(data, request, datasets))));
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

    /** The prompt of the first record as the model was trained on it; of a text its first words. */
    private static String prompt(Optional<Path> data, SimulationRequest request, Datasets datasets) {
        if (data.isEmpty()) {
            return NO_PROMPT;
        }
        try {
            Optional<String> template = request.job().data().flatMap(DataSettings::template);
            DatasetDescription.Rendered first = datasets.describe(
                            new DatasetRequest(List.of(data.get()), template, OptionalInt.empty()), Optional.empty())
                    .first();
            String prompt = first.prompt().orElseGet(() -> firstWords(first.learned()));
            return prompt.isBlank() || prompt.length() > LONGEST_PROMPT ? NO_PROMPT : prompt;
        } catch (IOException | Refusal e) {
            return NO_PROMPT; // The hint is worth less without it, the run is not.
        }
    }

    /** Half of a short text, since something is to be left to say. */
    private static String firstWords(String text) {
        List<String> words = List.of(text.strip().split("\\s+", -1));
        return String.join(" ", words.subList(0, Math.max(1, Math.min(WORDS, words.size() / 2))));
    }

    /** A word that a POSIX shell takes as it is. */
    static String quoted(String word) {
        return word.matches(PLAIN_WORD) ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
