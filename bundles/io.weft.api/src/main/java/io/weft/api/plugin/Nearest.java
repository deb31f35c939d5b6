package io.weft.api.plugin;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the known word that somebody most likely meant, by the distance of Damerau and Levenshtein: insertions, deletions,
 * substitutions and swaps of neighbours, each counted once.
 */
public final class Nearest {

    private Nearest() {}

    /** The nearest known word; empty when nothing known is near enough to be worth naming. Of equally near ones, the first. */
    public static Optional<String> to(String word, Collection<String> known) {
        return known.stream()
                .filter(candidate -> near(word, candidate))
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
    }

    /** The end of an error message: {@code "; did you mean 'batch'?"}, or nothing when no known word is near. */
    public static String hint(String word, Collection<String> known) {
        return to(word, known).map(near -> "; did you mean '" + near + "'?").orElse("");
    }

    private static boolean near(String word, String candidate) {
        int longer = Math.max(word.length(), candidate.length());
        return distance(word, candidate) <= Math.max(1, (longer + 1) / 3)
                || folded(word).equals(folded(candidate));
    }

    /** The least number of edits between two words; upper and lower case, {@code _} and {@code -} count as equal. */
    static int distance(String first, String second) {
        String from = folded(first);
        String to = folded(second);
        int[][] edits = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            edits[i][0] = i;
        }
        for (int j = 0; j <= to.length(); j++) {
            edits[0][j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            for (int j = 1; j <= to.length(); j++) {
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                int least = Math.min(edits[i - 1][j - 1] + change, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                edits[i][j] = swapped ? Math.min(least, edits[i - 2][j - 2] + 1) : least;
            }
        }
        return edits[from.length()][to.length()];
    }

    private static String folded(String word) {
        return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }
}
