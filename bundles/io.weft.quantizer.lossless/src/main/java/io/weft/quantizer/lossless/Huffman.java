package io.weft.quantizer.lossless;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A canonical Huffman code for bytes with words of at most twelve bits, so that one look-up of 4096 entries finds a symbol. What is
 * coded lies in four streams, a quarter of the symbols each: four chains of dependent steps run side by side in a processor.
 *
 * <p>It is written as 256 lengths of four bits, the lengths of the streams in bytes, and the streams, each padded to four bytes.
 */
final class Huffman {

    static final int SYMBOLS = 256;

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int LONGEST = 12;
    private static final int STREAMS = 4;
    private static final int TABLE_BYTES = SYMBOLS / 2;
    private static final int LENGTH_BITS = 4;

    private final byte[] lengths;

    /** Of each symbol: its word with the first bit lowest, shifted left by four, and the word's length. */
    private final int[] words;

    private Huffman(byte[] lengths) {
        this.lengths = lengths;
        this.words = words(lengths);
    }

    /**
     * The code that makes symbols of these counts shortest.
     *
     * @param counts at least two above 0
     */
    static Huffman of(int[] counts) {
        return new Huffman(lengths(counts));
    }

    /** A symbol, or several packed together, in the package-merge algorithm. */
    private record Coin(long weight, int symbol, List<Coin> packed) {

        void count(byte[] lengths) {
            if (packed.isEmpty()) {
                lengths[symbol]++;
            } else {
                packed.forEach(coin -> coin.count(lengths));
            }
        }
    }

    /** Package-merge (Larmore and Hirschberg 1990, https://doi.org/10.1145/79147.79150): shortest words under a limit of length. */
    private static byte[] lengths(int[] counts) {
        List<Coin> leaves = new ArrayList<>();
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            if (counts[symbol] > 0) {
                leaves.add(new Coin(counts[symbol], symbol, List.of()));
            }
        }
        leaves.sort(Comparator.comparingLong(Coin::weight));
        List<Coin> coins = leaves;
        for (int bit = 1; bit < LONGEST; bit++) {
            List<Coin> next = new ArrayList<>(leaves);
            for (int i = 0; i + 1 < coins.size(); i += 2) {
                Coin one = coins.get(i);
                Coin other = coins.get(i + 1);
                next.add(new Coin(one.weight() + other.weight(), -1, List.of(one, other)));
            }
            next.sort(Comparator.comparingLong(Coin::weight));
            coins = next;
        }
        byte[] lengths = new byte[SYMBOLS];
        for (int i = 0; i < 2 * (leaves.size() - 1); i++) {
            coins.get(i).count(lengths);
        }
        return lengths;
    }

    private static int[] words(byte[] lengths) {
        int[] words = new int[SYMBOLS];
        int code = 0;
        for (int length = 1; length <= LONGEST; length++) {
            for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                if (lengths[symbol] == length) {
                    int lowFirst = Integer.reverse(code) >>> (Integer.SIZE - length);
                    words[symbol] = (lowFirst << LENGTH_BITS) | length;
                    code++;
                }
            }
            code <<= 1;
        }
        return words;
    }

    /** The bytes that symbols of these counts take at most. */
    long bytes(int[] counts) {
        long bits = 0;
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            bits += (long) counts[symbol] * lengths[symbol];
        }
        return bits / Byte.SIZE + TABLE_BYTES + STREAMS * (2 * Integer.BYTES + 1);
    }

    /** Writes symbols. */
    void write(byte[] symbols, int count, ByteBuffer out) {
        for (int symbol = 0; symbol < SYMBOLS; symbol += 2) {
            out.put((byte) (lengths[symbol] | (lengths[symbol + 1] << LENGTH_BITS)));
        }
        int sizes = out.position();
        out.position(sizes + STREAMS * Integer.BYTES);
        int quarter = quarter(count);
        for (int stream = 0; stream < STREAMS; stream++) {
            int begin = out.position();
            stream(symbols, Math.min(count, stream * quarter), Math.min(count, (stream + 1) * quarter), out);
            out.putInt(sizes + stream * Integer.BYTES, out.position() - begin);
        }
    }

    private static int quarter(int count) {
        return (count + STREAMS - 1) / STREAMS;
    }

    /**
     * Bits are collected in a word that is written whole after four symbols, and of which whole bytes count: no step depends on how
     * long words are. What lies behind the end is written over by what follows.
     */
    private void stream(byte[] symbols, int from, int to, ByteBuffer out) {
        int[] words = this.words;
        byte[] bytes = out.array();
        int before = out.arrayOffset();
        int begin = out.position();
        int at = begin;
        long bits = 0;
        int held = 0;
        int i = from;
        int end = out.limit();
        for (; i + 4 <= to && at + Long.BYTES <= end; i += 4) {
            int a = words[symbols[i] & 0xff];
            int b = words[symbols[i + 1] & 0xff];
            int c = words[symbols[i + 2] & 0xff];
            int d = words[symbols[i + 3] & 0xff];
            int ab = (a >>> LENGTH_BITS) | ((b >>> LENGTH_BITS) << (a & 15));
            int cd = (c >>> LENGTH_BITS) | ((d >>> LENGTH_BITS) << (c & 15));
            int half = (a & 15) + (b & 15);
            bits |= (ab | ((long) cd << half)) << held;
            held += half + (c & 15) + (d & 15);
            EIGHT.set(bytes, before + at, bits);
            at += held >>> 3;
            bits >>>= held & ~7;
            held &= 7;
        }
        for (; i < to; i++) {
            int word = words[symbols[i] & 0xff];
            bits |= (long) (word >>> LENGTH_BITS) << held;
            held += word & 15;
            for (; held >= Byte.SIZE; held -= Byte.SIZE) {
                out.put(at++, (byte) bits);
                bits >>>= Byte.SIZE;
            }
        }
        if (held > 0) {
            out.put(at++, (byte) bits);
        }
        while ((at - begin) % Integer.BYTES != 0) {
            out.put(at++, (byte) 0);
        }
        out.position(at);
    }

    /** Reads symbols; false when these bytes are no code. */
    static boolean read(ByteBuffer in, byte[] symbols, int count) {
        byte[] lengths = new byte[SYMBOLS];
        int filled = 0;
        for (int symbol = 0; symbol < SYMBOLS; symbol += 2) {
            int both = in.get();
            lengths[symbol] = (byte) (both & 15);
            lengths[symbol + 1] = (byte) ((both >> LENGTH_BITS) & 15);
            filled += share(lengths[symbol]) + share(lengths[symbol + 1]);
        }
        if (filled != 1 << LONGEST) {
            return false;
        }
        short[] table = table(lengths);
        Stream[] streams = streams(in);
        int quarter = quarter(count);
        int together = Math.max(0, count - (STREAMS - 1) * quarter);
        decode(table, streams, symbols, quarter, together);
        for (int stream = 0; stream < STREAMS; stream++) {
            int end = Math.min(count, (stream + 1) * quarter);
            for (int i = Math.min(count, stream * quarter) + together; i < end; i++) {
                symbols[i] = streams[stream].next(table);
            }
            if (streams[stream].overran()) {
                return false;
            }
        }
        in.position(streams[STREAMS - 1].end);
        return true;
    }

    /** How much of the table a word of that length fills; too much for one that is too long. */
    private static int share(int length) {
        if (length == 0) {
            return 0;
        }
        return length > LONGEST ? 1 << (LONGEST + 1) : 1 << (LONGEST - length);
    }

    /** By the next twelve bits: the symbol, shifted left by four, and the length of its word. */
    private static short[] table(byte[] lengths) {
        int[] words = words(lengths);
        short[] table = new short[1 << LONGEST];
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            int length = words[symbol] & 15;
            if (length > 0) {
                for (int i = words[symbol] >>> LENGTH_BITS; i < table.length; i += 1 << length) {
                    table[i] = (short) ((symbol << LENGTH_BITS) | length);
                }
            }
        }
        return table;
    }

    private static Stream[] streams(ByteBuffer in) {
        int[] sizes = new int[STREAMS];
        for (int stream = 0; stream < STREAMS; stream++) {
            sizes[stream] = in.getInt();
        }
        Stream[] streams = new Stream[STREAMS];
        int at = in.position();
        for (int stream = 0; stream < STREAMS; stream++) {
            streams[stream] = new Stream(in, at, sizes[stream]);
            at = streams[stream].end;
        }
        return streams;
    }

    /** The first symbols of all streams, turn by turn. */
    private static void decode(short[] table, Stream[] streams, byte[] symbols, int quarter, int together) {
        Stream a = streams[0];
        Stream b = streams[1];
        Stream c = streams[2];
        Stream d = streams[3];
        for (int i = 0; i < together; i++) {
            symbols[i] = a.next(table);
            symbols[quarter + i] = b.next(table);
            symbols[2 * quarter + i] = c.next(table);
            symbols[3 * quarter + i] = d.next(table);
        }
    }

    /** One stream on its way out of a buffer. Behind its end come zeros, which are noticed. */
    private static final class Stream {

        private final ByteBuffer in;
        private final int end;
        private int at;
        private long bits;
        private int held;
        private int madeUp;

        Stream(ByteBuffer in, int begin, int size) {
            if (size < 0 || size > in.limit() - begin) {
                throw new IndexOutOfBoundsException("a stream of " + size + " bytes at " + begin);
            }
            this.in = in;
            this.at = begin;
            this.end = begin + size;
        }

        byte next(short[] table) {
            if (held < LONGEST) {
                refill();
            }
            int entry = table[(int) bits & ((1 << LONGEST) - 1)];
            int length = entry & 15;
            bits >>>= length;
            held -= length;
            return (byte) (entry >>> LENGTH_BITS);
        }

        private void refill() {
            if (end - at >= Integer.BYTES) {
                bits |= (in.getInt(at) & 0xffff_ffffL) << held;
                at += Integer.BYTES;
            } else {
                madeUp += Integer.SIZE;
            }
            held += Integer.SIZE;
        }

        boolean overran() {
            return held < madeUp;
        }
    }
}
