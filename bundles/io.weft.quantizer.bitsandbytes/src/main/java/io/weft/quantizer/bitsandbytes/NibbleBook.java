package io.weft.quantizer.bitsandbytes;

/** Sixteen values with their 4-bit codes, which need not be in the order of the values. */
final class NibbleBook {

    static final int SIZE = 16;

    /**
     * NormalFloat: quantiles of the normal distribution, with a zero (Dettmers et al. 2023, QLoRA, https://arxiv.org/abs/2305.14314,
     * appendix E). Codes are in the order of the values.
     */
    static final NibbleBook NF4 = new NibbleBook(
            Book.of(
                    -1.0f,
                    -0.6961928f,
                    -0.52507305f,
                    -0.3949175f,
                    -0.28444138f,
                    -0.18477343f,
                    -0.091050036f,
                    0.0f,
                    0.0795803f,
                    0.1609302f,
                    0.2461123f,
                    0.33791524f,
                    0.44070983f,
                    0.562617f,
                    0.72295684f,
                    1.0f),
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            9,
            10,
            11,
            12,
            13,
            14,
            15);

    /**
     * A sign, two bits of exponent and one of mantissa, divided by 12. Between the two zeros lies the number zero: what is rounded to
     * zero from above gets the negative one, as in bitsandbytes.
     */
    static final NibbleBook FP4 = new NibbleBook(
            Book.of(
                    -1.0f,
                    -0.6666667f,
                    -0.5f,
                    -0.33333334f,
                    -0.25f,
                    -0.16666667f,
                    -0.0052083335f,
                    0.0f,
                    -0.0f,
                    0.0052083335f,
                    0.16666667f,
                    0.25f,
                    0.33333334f,
                    0.5f,
                    0.6666667f,
                    1.0f),
            11,
            10,
            13,
            12,
            15,
            14,
            9,
            0,
            8,
            1,
            6,
            7,
            4,
            5,
            2,
            3);

    private final Book book;
    private final float[] values = new float[SIZE];
    private final byte[] pairs = new byte[SIZE * SIZE];

    /**
     * @param codes of the book's values
     */
    private NibbleBook(Book book, int... codes) {
        this.book = book;
        for (int index = 0; index < SIZE; index++) {
            values[codes[index]] = book.value(index);
            for (int second = 0; second < SIZE; second++) {
                pairs[(index << 4) | second] = (byte) ((codes[index] << 4) | codes[second]);
            }
        }
    }

    Book book() {
        return book;
    }

    /** The value of a code. */
    float value(int code) {
        return values[code];
    }

    /** Two codes in a byte, by two indices of the book in a byte; not to be changed. */
    byte[] pairs() {
        return pairs;
    }
}
