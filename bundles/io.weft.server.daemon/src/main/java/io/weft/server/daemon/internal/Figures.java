package io.weft.server.daemon.internal;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** Numbers as people read them. */
final class Figures {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private Figures() {}

    /** Decimal units: 1.2 MB. */
    static String bytes(long bytes) {
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

    /** 0.04 s, 12.3 s, 3m05s, 2h10m. */
    static String seconds(double seconds) {
        if (seconds < 9.995) {
            return String.format(Locale.ROOT, "%.2f s", seconds);
        }
        if (seconds < 59.95) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%dm%02ds", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%dh%02dm", whole / 3600, whole % 3600 / 60);
    }

    /** "; train loss 2.7500, validation loss 3.5000": each metric under its name, as exactly as people compare it. */
    static String metrics(SortedMap<String, Double> metrics) {
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
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return value == Math.rint(value) || size >= 0.001
                ? String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.4f", value)
                : String.format(Locale.ROOT, "%.2e", value);
    }
}
