package io.weft.aggregator.fedavg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class FederatedAveragingTest {

    private static float[] mean(float[] global, float[][] sites, double... weights) {
        float[] out = new float[global.length];
        FederatedAveraging.mean(global, sites, weights, out, out.length);
        return out;
    }

    @Test
    void weighsTheSites() {
        float[][] sites = {{1, 10}, {5, 20}};
        assertArrayEquals(new float[] {4, 17.5f}, mean(new float[] {0, 0}, sites, 1, 3));
    }

    @Test
    void doesNotDependOnTheGlobalModelButForRounding() {
        float[][] sites = {{1, 10}, {5, 20}};
        assertArrayEquals(new float[] {4, 17.5f}, mean(new float[] {-3, 1e6f}, sites, 1, 3), 1e-6f);
    }

    @Test
    void changesNoBitOfModelsThatAreEqual() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        int count = 10_000;
        float[] global = new float[count];
        float[] site = new float[count];
        for (int i = 0; i < count; i++) {
            global[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-20, 20)));
            site[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-20, 20)));
        }
        float[] out = mean(global, new float[][] {site, site.clone(), site.clone()}, 3, 5, 7);
        for (int i = 0; i < count; i++) {
            assertEquals(Float.floatToRawIntBits(site[i]), Float.floatToRawIntBits(out[i]), "element " + i);
        }
    }

    @Test
    void keepsTheSignOfZero() {
        float[] out = mean(new float[] {1}, new float[][] {{-0.0f}, {-0.0f}}, 1, 2);
        assertEquals(Float.floatToRawIntBits(-0.0f), Float.floatToRawIntBits(out[0]));
    }

    @Test
    void takesValuesForDifferentThatAreTheSmallestStepApart() {
        float[][] sites = {{Float.MIN_VALUE, 1}, {2 * Float.MIN_VALUE, Math.nextUp(1f)}, {3 * Float.MIN_VALUE, 1}};
        float[] out = mean(new float[2], sites, 0, 1, 0);
        assertArrayEquals(new float[] {2 * Float.MIN_VALUE, Math.nextUp(1f)}, out);
    }

    @Test
    void leavesOutSitesWithoutWeight() {
        assertArrayEquals(new float[] {2}, mean(new float[] {0}, new float[][] {{2}, {100}}, 4, 0));
    }
}
