package io.weft.shell.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rows of equal length with their columns aligned, two spaces apart. */
final class Table {

    private static final Pattern CONTROL =
            Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}\\x{202a}-\\x{202e}\\x{2066}-\\x{2069}]");

    private Table() {}

    static List<String> leftAligned(List<List<String>> rows) {
        return aligned(rows, column -> true);
    }

    /**
     * Columns that {@code left} names begin together, the others end together, as numbers should. What a cell says may come from a
     * hostile file, so a character that a terminal would obey stands there as its code.
     */
    static List<String> aligned(List<List<String>> given, IntPredicate left) {
        List<List<String>> rows = given.stream()
                .map(row -> row.stream().map(Table::shown).toList())
                .toList();
        int columns = rows.isEmpty() ? 0 : rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int column = 0; column < columns; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        List<String> aligned = new ArrayList<>();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String cell = row.get(column);
                String space = " ".repeat(widths[column] - cell.length());
                line.append(column == 0 ? "" : "  ").append(left.test(column) ? cell + space : space + cell);
            }
            aligned.add(line.toString().stripTrailing());
        }
        return aligned;
    }

    private static String shown(String cell) {
        return CONTROL.matcher(cell)
                .replaceAll(found -> Matcher.quoteReplacement(
                        String.format("\\u%04x", (int) found.group().charAt(0))));
    }
}
