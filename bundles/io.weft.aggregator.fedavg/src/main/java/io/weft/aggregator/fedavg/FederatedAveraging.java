package io.weft.aggregator.fedavg;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import java.util.Arrays;
import org.osgi.service.component.annotations.Component;

/**
 * The weighted mean of the sites' models (McMahan et al. 2017, Communication-Efficient Learning of Deep Networks from
 * Decentralized Data, https://arxiv.org/abs/1602.05629).
 *
 * <p>Per element x₀ + Σ wₖ(xₖ − x₀) / Σ wₖ in fp64, in site-name order. An element on which all sites agree is taken over as it
 * is, so the mean of identical models is that model to the last bit.
 */
@Component(property = Plugin.NAME + "=fedavg")
public final class FederatedAveraging implements Aggregator {

    /** What is taken at a time, in elements: it stays in a processor's first cache. */
    private static final int BLOCK = 2048;

    @Override
    public Aggregation open(JobContext job) {
        return round -> round.elements(FederatedAveraging::mean);
    }

    @Override
    public boolean sumsOnly() {
        return true;
    }

    static void mean(float[] global, float[][] sites, double[] weights, float[] out, int count) {
        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        double[] sum = new double[Math.min(BLOCK, count)];
        float[] apart = new float[sum.length];
        for (int first = 0; first < count; first += sum.length) {
            int length = Math.min(sum.length, count - first);
            Arrays.fill(sum, 0);
            for (int k = 0; k < sites.length; k++) {
                add(sum, weights[k], sites[k], global, first, length);
            }
            for (int i = 0; i < length; i++) {
                out[first + i] = (float) (global[first + i] + sum[i] / total);
            }
            keepAgreed(sites, apart, out, first, length);
        }
    }

    private static void add(double[] sum, double weight, float[] site, float[] global, int first, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] += weight * ((double) site[first + i] - global[first + i]);
        }
    }

    /** Where all sites have the same value, the mean is that, however it rounds. Each loop is one that a processor does for many elements at once. */
    private static void keepAgreed(float[][] sites, float[] apart, float[] out, int first, int length) {
        Arrays.fill(apart, 0);
        for (int k = 1; k < sites.length; k++) {
            addDistance(apart, sites[k], sites[0], first, length);
        }
        float[] one = sites[0];
        for (int i = 0; i < length; i++) {
            if (apart[i] == 0) {
                out[first + i] = one[first + i];
            }
        }
    }

    /** Two floats that differ have a distance above 0, be it the smallest one there is (gradual underflow). */
    private static void addDistance(float[] apart, float[] site, float[] one, int first, int length) {
        for (int i = 0; i < length; i++) {
            apart[i] += Math.abs(site[first + i] - one[first + i]);
        }
    }
}
