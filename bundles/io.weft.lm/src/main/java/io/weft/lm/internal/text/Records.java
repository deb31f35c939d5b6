package io.weft.lm.internal.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.lm.internal.text.Labelling.Labelled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The records of a data set as tokens and labels, in the order of its files and lines.
 *
 * <p>Files are JSON Lines in UTF-8. A line that is no record is left out and told in the {@link #report()}; blank lines are none.
 */
public final class Records {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final List<Example> examples;
    private final Report report;

    private Records(List<Example> examples, Report report) {
        this.examples = List.copyOf(examples);
        this.report = report;
    }

    /**
     * Reads all files.
     *
     * @param template how fields become a prompt and a completion; empty for {@code text}, or {@code prompt} and {@code completion}
     * @param maxLength the most tokens of a record, 2 or more
     * @throws Refusal when a file is missing, the template is unknown, or no line is a record
     */
    public static Records load(List<Path> files, Tokenizer tokenizer, Optional<String> template, int maxLength)
            throws IOException {
        if (maxLength < 2) {
            throw new Refusal("a maximum length of " + maxLength
                    + " tokens leaves nothing to predict; data.maxLength is 2 or more");
        }
        Loading loading = new Loading(Templates.named(template), new Labelling(tokenizer, maxLength));
        for (Path file : files) {
            loading.read(file);
        }
        return loading.finished(files);
    }

    public List<Example> examples() {
        return examples;
    }

    public Report report() {
        return report;
    }

    /** The number of tokens to predict in all examples. */
    public long labelled() {
        return examples.stream().mapToLong(Example::labelled).sum();
    }

    private static final class Loading {

        private final RecordShape shape;
        private final Labelling labelling;
        private final List<Example> examples = new ArrayList<>();
        private final List<Report.Malformed> malformed = new ArrayList<>();
        private final NavigableSet<String> otherFields = new TreeSet<>();
        private long lines;
        private long malformedLines;
        private long shortenedTexts;
        private long shortenedPrompts;
        private long cutAnswers;

        Loading(RecordShape shape, Labelling labelling) {
            this.shape = shape;
            this.labelling = labelling;
        }

        void read(Path file) throws IOException {
            if (!Files.isRegularFile(file)) {
                throw new Refusal(file + " is no file; a data set is one or more JSON Lines files");
            }
            try (Lines in = Lines.of(file)) {
                for (Optional<Line> line = in.next(); line.isPresent(); line = in.next()) {
                    if (!line.get().blank()) {
                        read(file, line.get());
                    }
                }
            }
        }

        private void read(Path file, Line line) {
            lines++;
            try {
                Fields fields = new Fields(object(line.text()));
                add(shape.read(fields).label(labelling));
                fields.names().stream()
                        .filter(name -> !shape.fields().contains(name))
                        .forEach(otherFields::add);
            } catch (MalformedLine reason) {
                malformedLines++;
                if (malformed.size() < Report.SHOWN) {
                    malformed.add(new Report.Malformed(file, line.number(), reason.getMessage()));
                }
            }
        }

        private static ObjectNode object(String text) throws MalformedLine {
            try {
                JsonNode value = JSON.readTree(text);
                if (value instanceof ObjectNode object) {
                    return object;
                }
            } catch (JsonProcessingException broken) {
                throw new MalformedLine("not valid JSON: " + Text.oneLine(broken));
            }
            throw new MalformedLine("not a JSON object; each line is one, such as {\"text\": \"…\"}");
        }

        private void add(Labelled labelled) {
            examples.add(labelled.example());
            switch (labelled.shortening()) {
                case NONE -> {}
                case TEXT -> shortenedTexts++;
                case PROMPT -> shortenedPrompts++;
                case ANSWER -> cutAnswers++;
            }
        }

        Records finished(List<Path> files) {
            if (examples.isEmpty()) {
                String names = files.stream().map(Path::toString).collect(Collectors.joining(", "));
                String found = malformed.isEmpty()
                        ? "empty"
                        : "without a single usable record (" + malformedLines + " malformed; the first: "
                                + malformed.get(0) + ")";
                throw new Refusal(
                        names + (files.size() == 1 ? " is " : " are ") + found
                                + "; write one JSON object a line, in UTF-8, with \"text\", or with \"prompt\" and \"completion\"");
            }
            return new Records(
                    examples,
                    new Report(
                            lines,
                            malformedLines,
                            malformed,
                            shortenedTexts,
                            shortenedPrompts,
                            cutAnswers,
                            otherFields));
        }
    }
}
