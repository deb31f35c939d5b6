package io.weft.api.tensor;

import java.util.Optional;

/** Element types, by the names that safetensors uses. */
public enum DType {
    F64(8, true),
    F32(4, true),
    F16(2, true),
    BF16(2, true),
    /** Kept as bytes: Weft carries these values and does not compute with them. */
    F8_E5M2(1, true),
    /** Kept as bytes: Weft carries these values and does not compute with them. */
    F8_E4M3(1, true),
    I64(8, false),
    I32(4, false),
    I16(2, false),
    I8(1, false),
    U8(1, false),
    BOOL(1, false);

    private final int bytes;
    private final boolean floating;

    DType(int bytes, boolean floating) {
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

    /** Whether {@link TensorReader#read} decodes this type to floats: all floating types but the 8-bit ones. */
    public boolean decodable() {
        return floating && bytes > 1;
    }

    /** The type of that name, or empty when Weft has no such type. */
    public static Optional<DType> named(String name) {
        for (DType type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
