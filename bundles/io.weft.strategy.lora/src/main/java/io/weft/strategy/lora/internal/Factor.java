package io.weft.strategy.lora.internal;

import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;

/** A small matrix of an adapter, whole in memory, row by row; of a vector, every element is a row. */
final class Factor {

    private final int rows;
    private final int columns;
    private final double[] values;

    private Factor(int rows, int columns, double[] values) {
        this.rows = rows;
        this.columns = columns;
        this.values = values;
    }

    static Factor read(TensorReader adapter, TensorSpec tensor) throws IOException {
        int rows = Math.toIntExact(tensor.shape().dimension(0));
        int columns = Math.toIntExact(tensor.elements() / Math.max(1, rows));
        float[] read = new float[Math.multiplyExact(rows, columns)];
        adapter.read(tensor, 0, read, read.length);
        double[] values = new double[read.length];
        for (int i = 0; i < read.length; i++) {
            values[i] = read[i];
        }
        return new Factor(rows, columns, values);
    }

    Factor transposed() {
        double[] turned = new double[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                turned[column * rows + row] = values[row * columns + column];
            }
        }
        return new Factor(columns, rows, turned);
    }

    int columns() {
        return columns;
    }

    double at(int row, int column) {
        return values[row * columns + column];
    }

    /** Adds {@code factor} times a row to {@code sum}. */
    void addRow(int row, double factor, double[] sum) {
        int from = row * columns;
        for (int i = 0; i < columns; i++) {
            sum[i] += factor * values[from + i];
        }
    }
}
