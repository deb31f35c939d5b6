package io.weft.lm.internal.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.JsonProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads the records of JSON Lines files, and keeps count of the lines that are none. */
final class RecordReader {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** What is done with a record. */
    @FunctionalInterface
    interface Use {

        /**
         * Takes a record.
         *
         * @throws MalformedLine when its line is left out after all
         */
        void of(Content content) throws MalformedLine;
    }

    private final RecordShape shape;
    private final Use use;
    private final List<Report.Malformed> malformed = new ArrayList<>();
    private final NavigableSet<String> otherFields = new TreeSet<>();
    private long lines;
    private long malformedLines;
    private long plainLines;

    RecordReader(RecordShape shape, Use use) {
        this.shape = shape;
        this.use = use;
    }

    /**
     * Reads all files.
     *
     * @throws Refusal when a file is missing, or no line is a record
     */
    void readAll(List<Path> files) throws IOException {
        for (Path file : files) {
            read(file);
        }
        if (malformedLines == lines) {
            String names = files.stream().map(Path::toString).collect(Collectors.joining(", "));
            String found = malformed.isEmpty()
                    ? "empty"
                    : "without a single usable record (" + malformedLines + " malformed; the first: " + malformed.get(0)
                            + ")";
            throw new Refusal(names
                    + (files.size() == 1 ? " is " : " are ")
                    + found
                    + (plainLines > 0
                            ? "; the records have \"text\", or \"prompt\" and \"completion\": leave the template out"
                            : "; " + shape.howToWrite()));
        }
    }

    private void read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new Refusal(
                    Files.isDirectory(file)
                            ? file + " is a folder, and a dataset is one or more JSON Lines files; give the files in it"
                            : file
                                    + " is no file, and a dataset is one or more JSON Lines files; give the path of one");
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
            use.of(content(fields));
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

    private Content content(Fields fields) throws MalformedLine {
        try {
            return shape.read(fields);
        } catch (MalformedLine reason) {
            if (isPlain(fields)) {
                plainLines++;
            }
            throw reason;
        }
    }

    /** Whether a record that this shape does not fit is one without a template. */
    private static boolean isPlain(Fields fields) {
        try {
            new PlainRecords().read(fields);
            return true;
        } catch (MalformedLine reason) {
            return false;
        }
    }

    private static ObjectNode object(String text) throws MalformedLine {
        try {
            JsonNode value = JSON.readTree(text);
            if (value instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException broken) {
            throw new MalformedLine(JsonProblem.words(broken).replaceFirst("^is ", ""));
        }
        throw new MalformedLine("not a JSON object; each line is one, such as {\"text\": \"…\"}");
    }

    /** What became of the lines, with what the use of the records had to shorten. */
    Report report(long shortenedTexts, long shortenedPrompts, long cutAnswers) {
        return new Report(lines, malformedLines, malformed, shortenedTexts, shortenedPrompts, cutAnswers, otherFields);
    }
}
