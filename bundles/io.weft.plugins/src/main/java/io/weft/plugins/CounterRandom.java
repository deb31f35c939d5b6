package io.weft.plugins;

import io.weft.tensor.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.random.RandomGenerator;

/**
 * The n-th value is a function of a key and n alone: a 64-bit counter through two keyed rounds of Stafford's variant 13 of the
 * MurmurHash3 finaliser (the mixer of SplitMix64, Steele, Lea and Flood 2014, https://doi.org/10.1145/2660193.2660195).
 */
public final class CounterRandom implements RandomGenerator {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long inner;
    private final long outer;
    private long counter;

    private CounterRandom(long inner, long outer) {
        this.inner = inner;
        this.outer = outer;
    }

    /** Keyed by the SHA-256 of all parts; each part is preceded by its length, so no two lists collide. */
    public static CounterRandom of(long seed, String... parts) {
        MessageDigest digest = Digests.sha256();
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).flip());
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        ByteBuffer key = ByteBuffer.wrap(digest.digest());
        return new CounterRandom(key.getLong(), key.getLong());
    }

    @Override
    public long nextLong() {
        counter += GOLDEN;
        return mix(mix(counter ^ inner) + outer);
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
