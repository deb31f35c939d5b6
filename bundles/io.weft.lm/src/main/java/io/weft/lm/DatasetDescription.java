package io.weft.lm;

import java.util.List;
import java.util.Optional;

/**
 * What is in some files of records.
 *
 * @param lines lines that are not blank
 * @param records how many of them are records
 * @param characters the records' lengths in Unicode characters, prompt and completion together
 * @param tokens the same in tokens, when there was a tokenizer
 * @param first the first record as the model would read it
 * @param notes what a person should know: lines that are left out, records that are cut, fields that are not used
 */
public record DatasetDescription(
        long lines, long records, Lengths characters, Optional<Tokens> tokens, Rendered first, List<String> notes) {

    public DatasetDescription {
        notes = List.copyOf(notes);
    }

    /**
     * How long records are.
     *
     * @param median half of the records are no longer
     * @param most nine in ten are no longer
     */
    public record Lengths(long shortest, long median, long most, long longest, long sum) {}

    /**
     * Records as tokens.
     *
     * @param maxLength the most tokens of a record
     * @param lengths with special tokens and the end of sequence, before anything is cut
     * @param labelled tokens to predict, after what is too long was cut
     * @param shortenedTexts texts that lose their end
     * @param shortenedPrompts pairs that lose the start of their prompt
     * @param cutAnswers answers that lose their end
     */
    public record Tokens(
            int maxLength,
            Lengths lengths,
            long labelled,
            long shortenedTexts,
            long shortenedPrompts,
            long cutAnswers) {}

    /**
     * A record as text.
     *
     * @param prompt what is read and not learned; empty for a text of which everything is
     * @param learned the completion, or the text
     */
    public record Rendered(Optional<String> prompt, String learned) {}
}
