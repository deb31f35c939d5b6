package io.weft.site.catalogue;

import io.weft.tensor.Digests;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A share of records. To which share a record belongs depends on its text alone: equal records are on one side, and new ones move no
 * other.
 *
 * @param from in hundredths, included
 * @param to in hundredths, not included
 */
record Split(int from, int to) {

    static final Pattern FORM = Pattern.compile("(?:(0|[1-9][0-9]?)%)?:(?:([1-9][0-9]?|100)%)?");

    private static final int HUNDREDTHS = 100;
    private static final int DIGITS = 8;
    private static final int HEXADECIMAL = 16;

    /** The share that a text of the form stands for; it may be empty. */
    static Split of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(text);
        }
        return new Split(
                form.group(1) == null ? 0 : Integer.parseInt(form.group(1)),
                form.group(2) == null ? HUNDREDTHS : Integer.parseInt(form.group(2)));
    }

    boolean isEmpty() {
        return from >= to;
    }

    /** Whether a line belongs to this share. */
    boolean has(String line) {
        String digest = Digests.of(line.strip().getBytes(StandardCharsets.UTF_8));
        long place = Long.parseLong(digest.substring(0, DIGITS), HEXADECIMAL) % HUNDREDTHS;
        return place >= from && place < to;
    }
}
