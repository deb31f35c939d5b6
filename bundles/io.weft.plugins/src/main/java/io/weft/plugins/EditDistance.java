package io.weft.plugins;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the name that was probably meant. */
final class EditDistance {

    private EditDistance() {}

    /** The closest name, if it is close enough to be a slip: at most every third letter differs. */
    static Optional<String> nearest(String word, Collection<String> names) {
        return names.stream()
                .min(Comparator.<String>comparingInt(name -> between(word, name))
                        .thenComparing(name -> name))
                .filter(name -> between(word, name) <= Math.max(1, Math.max(word.length(), name.length()) / 3));
    }

    private static int between(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
