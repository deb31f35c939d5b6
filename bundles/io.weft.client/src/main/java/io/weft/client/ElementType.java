package io.weft.client;

/** Element types of tensors, by the names that safetensors uses. */
public enum ElementType {
    F64(8, true),
    F32(4, true),
    F16(2, true),
    BF16(2, true),
    /** Carried as bytes; it has no numbers in Java. */
    F8_E5M2(1, true),
    /** Carried as bytes; it has no numbers in Java. */
    F8_E4M3(1, true),
    I64(8, false),
    I32(4, false),
    I16(2, false),
    I8(1, false),
    U8(1, false),
    BOOL(1, false);

    private final int bytes;
    private final boolean floating;

    ElementType(int bytes, boolean floating) {
        this.bytes = bytes;
        this.floating = floating;
    }

    /** The size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether the values are floating-point numbers. */
    public boolean floating() {
        return floating;
    }
}
