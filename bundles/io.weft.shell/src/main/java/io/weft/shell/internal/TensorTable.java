package io.weft.shell.internal;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.server.Figures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tensors as a table in which those that differ only in the number of their layer share a line. */
final class TensorTable {

    /** The first number that stands between dots; few enough digits that it is a layer's. */
    private static final Pattern NUMBERED = Pattern.compile("(.*?\\.)(\\d{1,9})(\\..*)");

    private record Kind(String before, String after, boolean numbered, DType type, Shape shape) {}

    private TensorTable() {}

    static List<String> lines(List<TensorSpec> tensors) {
        Map<Kind, SortedSet<Integer>> kinds = new LinkedHashMap<>();
        for (TensorSpec tensor : tensors) {
            Matcher name = NUMBERED.matcher(tensor.name());
            boolean numbered = name.matches();
            Kind kind = new Kind(
                    numbered ? name.group(1) : tensor.name(),
                    numbered ? name.group(3) : "",
                    numbered,
                    tensor.type(),
                    tensor.shape());
            SortedSet<Integer> layers = kinds.computeIfAbsent(kind, any -> new TreeSet<>());
            layers.add(numbered ? Integer.parseInt(name.group(2)) : 0);
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("tensor", "dtype", "shape", "", "bytes"));
        kinds.forEach((kind, layers) -> rows.add(row(kind, layers)));
        return Table.aligned(rows, column -> column < 3);
    }

    private static List<String> row(Kind kind, SortedSet<Integer> layers) {
        long bytes = layers.size()
                * Math.multiplyExact(kind.shape().elements(), kind.type().bytes());
        return List.of(
                kind.before() + (kind.numbered() ? ranges(layers) : "") + kind.after(),
                kind.type().name(),
                kind.shape().toString(),
                layers.size() > 1 ? "×" + layers.size() : "",
                Figures.bytes(bytes));
    }

    /** {@code 0-29}, {@code 0,2,4-7}. */
    private static String ranges(SortedSet<Integer> numbers) {
        var text = new StringBuilder();
        int first = numbers.first();
        int last = first;
        for (int number : numbers.tailSet(first + 1)) {
            if (number != last + 1) {
                append(text, first, last);
                first = number;
            }
            last = number;
        }
        append(text, first, last);
        return text.toString();
    }

    private static void append(StringBuilder text, int first, int last) {
        text.append(text.isEmpty() ? "" : ",").append(first).append(last > first ? "-" + last : "");
    }
}
