package io.weft.server;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;

/** The numbers of jobs as people read them, in every language of the machine the same. */
public final class Figures {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private Figures() {}

    /** Decimal units, three digits or so: 1.2 MB. */
    public static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0 || value >= 99.95
                ? String.format(Locale.ROOT, "%.0f %s", value, UNITS[unit])
                : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    /** What will take so long, in the two largest units: 45s, 3m05s, 2h10m. */
    public static String duration(double seconds) {
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + "s";
        }
        return whole < 3600
                ? String.format(Locale.ROOT, "%dm%02ds", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%dh%02dm", whole / 3600, whole % 3600 / 60);
    }

    /** What took so long, as exactly as it counts: 0.04 s, 12.3 s, 3m05s, 2h10m. */
    public static String taken(double seconds) {
        if (seconds < 9.995) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        return seconds < 59.95 ? seconds(seconds) + " s" : duration(seconds);
    }

    /** For a column of seconds: 12.3. */
    public static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f", seconds);
    }

    /** As exactly as people compare losses: 2.7500. */
    public static String loss(double loss) {
        return String.format(Locale.ROOT, "%.4f", loss);
    }

    /** A dash where there is none. */
    public static String loss(OptionalDouble loss) {
        return loss.isPresent() ? loss(loss.getAsDouble()) : "–";
    }

    /** Grouped by thousands: 1,234. */
    public static String whole(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** The nearest whole number, grouped by thousands: 1,234. */
    public static String whole(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    /** "; train loss 2.7500, validation loss 3.5000": each metric under its name, as exactly as people compare it. */
    public static String metrics(SortedMap<String, Double> metrics) {
        StringBuilder line = new StringBuilder();
        for (Map.Entry<String, Double> metric : metrics.entrySet()) {
            line.append(line.isEmpty() ? "; " : ", ")
                    .append(metric.getKey().replace('_', ' '))
                    .append(' ')
                    .append(number(metric.getValue()));
        }
        return line.toString();
    }

    private static String number(double value) {
        double size = Math.abs(value);
        if (size >= 1000 || value == Math.rint(value)) {
            return whole(value);
        }
        return size >= 0.001 ? loss(value) : String.format(Locale.ROOT, "%.2e", value);
    }
}
