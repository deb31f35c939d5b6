package io.weft.tensor.internal;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import java.util.List;

/**
 * A checked header: its tensors lie end to end in the order given, the first at {@code dataStart}, and fill the file.
 *
 * @param dataStart the file position that all offsets count from
 */
record Header(long dataStart, List<Entry> entries) {

    /** The length field in front of the JSON. */
    static final int LENGTH_BYTES = 8;

    /** The longest JSON that readers of the format accept. */
    static final long MAX_LENGTH = 100_000_000;

    /** The key of the header's one entry that is not a tensor. */
    static final String METADATA = "__metadata__";

    /**
     * One tensor.
     *
     * @param begin the first byte, counted from {@code dataStart}
     * @param end the byte after the last
     */
    record Entry(String name, DType type, Shape shape, long begin, long end) {}
}
