package io.weft.server.status.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Arrays;

/** A number over the rounds of a job, in at most 300 points: of more rounds every second, fourth, … is kept, and always the last. */
final class Curve {

    private static final int MOST = 300;

    private int[] rounds = new int[8];
    private double[] values = new double[8];
    private int size;
    private int stride = 1;

    /** Adds the value of a round; a round that is told again has the newer value. */
    void add(int round, double value) {
        if (size > 0 && rounds[size - 1] >= round) {
            if (rounds[size - 1] == round) {
                values[size - 1] = value;
            }
            return;
        }
        if (size > 1 && (rounds[size - 1] - rounds[0]) % stride != 0) {
            size--; // It was kept as the last, which it no longer is.
        }
        if (size == MOST) {
            thin();
        }
        if (size == rounds.length) {
            rounds = Arrays.copyOf(rounds, Math.min(MOST, 2 * size));
            values = Arrays.copyOf(values, rounds.length);
        }
        rounds[size] = round;
        values[size++] = value;
    }

    private void thin() {
        stride *= 2;
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if ((rounds[i] - rounds[0]) % stride == 0) {
                rounds[kept] = rounds[i];
                values[kept++] = values[i];
            }
        }
        size = kept;
    }

    /** The last round that has a value; -1 where there is none. */
    int last() {
        return size == 0 ? -1 : rounds[size - 1];
    }

    /** The points as pairs of round and value, with five significant digits. */
    void to(ArrayNode array) {
        for (int i = 0; i < size; i++) {
            array.addArray().add(rounds[i]).add(rounded(values[i]));
        }
    }

    private static double rounded(double value) {
        if (value == 0) {
            return 0;
        }
        double unit = Math.pow(10, 4 - Math.floor(Math.log10(Math.abs(value))));
        return Double.isFinite(unit) && unit != 0 ? Math.rint(value * unit) / unit : value;
    }
}
