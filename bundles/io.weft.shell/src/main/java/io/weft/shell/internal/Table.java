package io.weft.shell.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Rows of equal length with their columns aligned, two spaces apart. */
final class Table {

    private Table() {}

    static List<String> leftAligned(List<List<String>> rows) {
        return aligned(rows, column -> true);
    }

    /** Columns that {@code left} names begin together, the others end together, as numbers should. */
    static List<String> aligned(List<List<String>> rows, IntPredicate left) {
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
}
