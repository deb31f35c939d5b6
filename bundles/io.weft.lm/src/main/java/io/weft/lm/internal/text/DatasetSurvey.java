package io.weft.lm.internal.text;

import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetDescription.Tokens;
import io.weft.lm.DatasetRequest;
import io.weft.lm.internal.text.Labelling.Labelled;
import java.io.IOException;
import java.util.Optional;

/** Goes over records once, and keeps of them their lengths and the first. */
public final class DatasetSurvey {

    private final LengthCounter characters = new LengthCounter();
    private final LengthCounter tokens = new LengthCounter();
    private final int maxLength;
    private final Optional<Labelling> whole;
    private final Optional<Labelling> cut;
    private Optional<Rendered> first = Optional.empty();
    private long records;
    private long labelled;
    private long shortenedTexts;
    private long shortenedPrompts;
    private long cutAnswers;

    private DatasetSurvey(Optional<Tokenizer> tokenizer, int maxLength) {
        this.maxLength = maxLength;
        this.whole = tokenizer.map(with -> new Labelling(with, Integer.MAX_VALUE));
        this.cut = tokenizer.map(with -> new Labelling(with, maxLength));
    }

    /**
     * Describes the records of some files in characters, and with a tokenizer in tokens, too.
     *
     * @param maxLength the most tokens of a record, 2 or more
     */
    public static DatasetDescription of(DatasetRequest request, Optional<Tokenizer> tokenizer, int maxLength)
            throws IOException {
        DatasetSurvey survey = new DatasetSurvey(tokenizer, maxLength);
        RecordReader reader = new RecordReader(Templates.named(request.template()), survey::add);
        reader.readAll(request.files());
        Report report = reader.report(survey.shortenedTexts, survey.shortenedPrompts, survey.cutAnswers);
        return new DatasetDescription(
                report.lines(),
                survey.records,
                survey.characters.lengths(),
                tokenizer.map(any -> survey.tokens()),
                survey.first.orElseThrow(),
                report.warnings("--max-length"));
    }

    private void add(Content content) throws MalformedLine {
        if (whole.isPresent()) {
            count(content, whole.get(), cut.orElseThrow());
        }
        Rendered rendered = content.rendered();
        String prompt = rendered.prompt().orElse("");
        characters.add(prompt.codePointCount(0, prompt.length())
                + rendered.learned().codePointCount(0, rendered.learned().length()));
        if (first.isEmpty()) {
            first = Optional.of(rendered);
        }
        records++;
    }

    private void count(Content content, Labelling all, Labelling limited) throws MalformedLine {
        Example example = content.label(all).example();
        Labelled kept = example.length() < maxLength
                ? new Labelled(example, Labelling.Shortening.NONE)
                : content.label(limited);
        tokens.add(example.length() + 1);
        labelled += kept.example().labelled();
        switch (kept.shortening()) {
            case NONE -> {}
            case TEXT -> shortenedTexts++;
            case PROMPT -> shortenedPrompts++;
            case ANSWER -> cutAnswers++;
        }
    }

    private Tokens tokens() {
        return new Tokens(maxLength, tokens.lengths(), labelled, shortenedTexts, shortenedPrompts, cutAnswers);
    }
}
