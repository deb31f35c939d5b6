package io.weft.lm.internal.inference;

import java.util.SplittableRandom;

/** Chooses the next token: the likeliest at temperature 0, else one drawn from softmax(logits / temperature). */
final class Sampler {

    private final double temperature;
    private final SplittableRandom random;

    Sampler(double temperature, long seed) {
        this.temperature = temperature;
        this.random = new SplittableRandom(seed);
    }

    int next(float[] logits) {
        int likeliest = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[likeliest]) {
                likeliest = i;
            }
        }
        return temperature == 0 ? likeliest : drawn(logits, logits[likeliest]);
    }

    private int drawn(float[] logits, float highest) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((logit - highest) / temperature);
        }
        // 53 bits of one draw: what nextDouble makes of them is left to the Java version.
        double left = (random.nextLong() >>> 11) * 0x1p-53 * sum;
        for (int i = 0; i < logits.length; i++) {
            left -= Math.exp((logits[i] - highest) / temperature);
            if (left < 0) {
                return i;
            }
        }
        return logits.length - 1;
    }
}
