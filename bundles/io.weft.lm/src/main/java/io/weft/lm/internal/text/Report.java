package io.weft.lm.internal.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;

/**
 * What became of the lines of some files.
 *
 * @param lines lines that are not blank
 * @param malformed how many of them are no record and were left out
 * @param firstMalformed the first ones of these, at most {@link #SHOWN}
 * @param shortenedTexts texts that lost their end
 * @param shortenedPrompts pairs that lost the start of their prompt
 * @param cutAnswers answers that lost their end; each also lost its whole prompt
 * @param otherFields fields that no record uses, which were left alone
 */
public record Report(
        long lines,
        long malformed,
        List<Malformed> firstMalformed,
        long shortenedTexts,
        long shortenedPrompts,
        long cutAnswers,
        NavigableSet<String> otherFields) {

    /** How many malformed lines are told one by one. */
    public static final int SHOWN = 20;

    /** A line that is no record; lines count from 1. */
    public record Malformed(Path file, long line, String reason) {

        /** Such as {@code sites/north/notes.jsonl:17: field "text" is empty}. */
        @Override
        public String toString() {
            return file + ":" + line + ": " + reason;
        }
    }

    public Report {
        firstMalformed = List.copyOf(firstMalformed);
        otherFields = java.util.Collections.unmodifiableNavigableSet(otherFields);
    }

    /** What the owner of a job's data should know, one sentence a line; empty when all went in as it is. */
    public List<String> warnings() {
        return warnings("data.maxLength");
    }

    /**
     * The same for whoever gave the length otherwise.
     *
     * @param limit what sets it, such as {@code --max-length}
     */
    public List<String> warnings(String limit) {
        List<String> warnings = new ArrayList<>();
        firstMalformed.forEach(line -> warnings.add(line + " (left out)"));
        if (malformed > 0) {
            warnings.add(malformed + " of " + lines + " lines are malformed and left out"
                    + (malformed > firstMalformed.size() ? "; the first " + firstMalformed.size() + " are shown" : ""));
        }
        if (cutAnswers > 0) {
            warnings.add(cut(cutAnswers, "answer", limit, "end")
                    + (cutAnswers == 1 ? "; raise it to keep it whole" : "; raise it to keep them whole"));
        }
        if (shortenedPrompts > 0) {
            warnings.add(cut(shortenedPrompts, "prompt", limit, "start"));
        }
        if (shortenedTexts > 0) {
            warnings.add(cut(shortenedTexts, "text", limit, "end"));
        }
        if (!otherFields.isEmpty()) {
            warnings.add("fields that are not used: " + String.join(", ", otherFields));
        }
        return warnings;
    }

    private static String cut(long count, String what, String limit, String lost) {
        return count == 1
                ? "1 " + what + " does not fit " + limit + " and lost its " + lost
                : count + " " + what + "s do not fit " + limit + " and lost their " + lost;
    }
}
