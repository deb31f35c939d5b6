package io.weft.lm.internal.model;

/**
 * Rotary positions: angles of position p are p · frequency.
 *
 * @param theta the base of the frequencies
 * @param scaling how frequencies are changed for longer contexts
 */
public record Rotary(double theta, Scaling scaling) {

    /** A change of the frequencies. */
    public sealed interface Scaling permits Unscaled, Linear, Llama3 {}

    /** Frequencies as they are. */
    public record Unscaled() implements Scaling {}

    /** Every frequency divided by {@code factor}. */
    public record Linear(double factor) implements Scaling {}

    /**
     * Llama 3: low frequencies divided by {@code factor}, high ones kept, those between interpolated.
     *
     * @param original the context length that the base was trained with at first
     */
    public record Llama3(double factor, double low, double high, double original) implements Scaling {}

    /** The frequencies of a head of that width, rounded where Transformers rounds. */
    public float[] frequencies(int head) {
        float[] frequencies = new float[head / 2];
        for (int i = 0; i < frequencies.length; i++) {
            float plain = (float) (1.0 / (float) Math.pow(theta, (float) (2.0 * i / head)));
            frequencies[i] = scaled(plain);
        }
        return frequencies;
    }

    private float scaled(float frequency) {
        if (scaling instanceof Linear linear) {
            return (float) (frequency / linear.factor);
        }
        if (scaling instanceof Llama3 llama) {
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength > llama.original / llama.low) {
                return (float) (frequency / llama.factor);
            }
            if (wavelength < llama.original / llama.high) {
                return frequency;
            }
            double smooth = (llama.original / wavelength - llama.low) / (llama.high - llama.low);
            return (float) ((1 - smooth) * frequency / llama.factor + smooth * frequency);
        }
        return frequency;
    }

    /** Cosines of positions 0 … {@code positions} − 1, then sines: (2, positions, head / 2), row by row. */
    public float[] table(int head, int positions) {
        float[] frequencies = frequencies(head);
        int half = frequencies.length;
        float[] table = new float[2 * positions * half];
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < half; i++) {
                float angle = position * frequencies[i];
                table[position * half + i] = (float) Math.cos(angle);
                table[(positions + position) * half + i] = (float) Math.sin(angle);
            }
        }
        return table;
    }
}
