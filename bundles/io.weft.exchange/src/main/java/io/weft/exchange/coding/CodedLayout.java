package io.weft.exchange.coding;

/**
 * Where the pieces of a coded tensor lie: the codec's header, the coded pieces end to end, and last the length of each piece in bytes
 * as a 32-bit little-endian number.
 *
 * @param elements of the tensor
 * @param piece the elements of every piece but the last
 */
record CodedLayout(long elements, int piece) {

    int pieces() {
        return Math.toIntExact((elements + piece - 1) / piece);
    }

    long first(int index) {
        return (long) index * piece;
    }

    /** How many elements a piece has. */
    int count(int index) {
        return (int) Math.min(piece, elements - first(index));
    }

    int indexBytes() {
        return Math.multiplyExact(pieces(), Integer.BYTES);
    }
}
