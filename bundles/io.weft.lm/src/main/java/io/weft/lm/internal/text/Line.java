package io.weft.lm.internal.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** One line of a file, as bytes without its line end; numbers count from 1. */
final class Line {

    private final long number;
    private final byte[] bytes;
    private final boolean whole;

    /**
     * @param whole false when the line was longer than what is read of one
     */
    Line(long number, byte[] bytes, boolean whole) {
        this.number = number;
        this.bytes = bytes;
        this.whole = whole;
    }

    long number() {
        return number;
    }

    boolean blank() {
        for (byte value : bytes) {
            if (value != ' ' && value != '\t' && value != '\r') {
                return false;
            }
        }
        return true;
    }

    /** The line as text; nothing in it is replaced. */
    String text() throws MalformedLine {
        if (!whole) {
            throw new MalformedLine("longer than " + Lines.LONGEST / (1024 * 1024) + " MiB; a record is one line");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(in, out, true);
        if (result.isError()) {
            throw new MalformedLine(String.format(
                    "not UTF-8: byte 0x%02x at column %d; convert the file to UTF-8",
                    bytes[in.position()], in.position() + 1));
        }
        return out.flip().toString();
    }
}
