package io.weft.lm.internal.text;

import io.weft.api.plugin.Refusal;
import io.weft.lm.internal.text.Labelling.Labelled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The records of a dataset as tokens and labels, in the order of its files and lines.
 *
 * <p>Files are JSON Lines in UTF-8. A line that is no record is left out and told in the {@link #report()}; blank lines are none.
 */
public final class Records {

    /** The most tokens of a record when the job does not say and the model takes as many. */
    public static final int USUAL_LENGTH = 1024;

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
        return new Loading(Templates.named(template), new Labelling(tokenizer, maxLength)).of(files);
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

        private final Labelling labelling;
        private final RecordReader reader;
        private final List<Example> examples = new ArrayList<>();
        private long shortenedTexts;
        private long shortenedPrompts;
        private long cutAnswers;

        Loading(RecordShape shape, Labelling labelling) {
            this.labelling = labelling;
            this.reader = new RecordReader(shape, content -> add(content.label(this.labelling)));
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

        Records of(List<Path> files) throws IOException {
            reader.readAll(files);
            return new Records(examples, reader.report(shortenedTexts, shortenedPrompts, cutAnswers));
        }
    }
}
