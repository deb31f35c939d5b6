package io.weft.strategy.lora.internal;

import io.weft.lm.tuning.RowFold;
import java.util.Arrays;

/** Adds scale · left·right to a weight of shape (left.rows, right.columns); sums in fp64. */
final class ProductFold implements RowFold {

    private final Factor left;
    private final Factor right;
    private final double scale;
    private final double[] sum;

    ProductFold(Factor left, Factor right, double scale) {
        this.left = left;
        this.right = right;
        this.scale = scale;
        this.sum = new double[right.columns()];
    }

    @Override
    public void fold(long first, float[] rows, int count) {
        for (int row = 0; row < count; row++) {
            sum(Math.toIntExact(first) + row);
            int from = row * sum.length;
            for (int i = 0; i < sum.length; i++) {
                rows[from + i] = (float) (rows[from + i] + scale * sum[i]);
            }
        }
    }

    private void sum(int row) {
        Arrays.fill(sum, 0);
        for (int k = 0; k < left.columns(); k++) {
            right.addRow(k, left.at(row, k), sum);
        }
    }
}
