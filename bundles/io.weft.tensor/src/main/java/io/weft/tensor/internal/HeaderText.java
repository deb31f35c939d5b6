package io.weft.tensor.internal;

import io.weft.api.tensor.DType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The header that the safetensors library writes, byte for byte: its order of tensors, its spelling of JSON, its padding. */
final class HeaderText {

    private static final int ALIGNMENT = 8;

    /** The library's order of types, smallest alignment first; it stores tensors in the reverse order. */
    private static final List<DType> LIBRARY_ORDER = List.of(
            DType.BOOL,
            DType.U8,
            DType.I8,
            DType.F8_E5M2,
            DType.F8_E4M3,
            DType.I16,
            DType.F16,
            DType.BF16,
            DType.I32,
            DType.F32,
            DType.F64,
            DType.I64);

    /** The order in which tensors lie in a file: largest type first, then by the bytes of the names. */
    static final Comparator<Header.Entry> FILE_ORDER = Comparator.comparingInt(
                    (Header.Entry entry) -> -LIBRARY_ORDER.indexOf(entry.type()))
            .thenComparing(entry -> entry.name().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private HeaderText() {}

    /** The JSON of tensors in file order, padded with spaces, as bytes. */
    static byte[] encode(List<Header.Entry> entries) {
        StringBuilder json = new StringBuilder("{\"").append(Header.METADATA).append("\":{\"format\":\"pt\"}");
        for (Header.Entry entry : entries) {
            json.append(',');
            quote(entry.name(), json);
            json.append(":{\"dtype\":\"").append(entry.type()).append("\",\"shape\":[");
            json.append(entry.shape().dimensions().stream().map(String::valueOf).collect(Collectors.joining(",")));
            json.append("],\"data_offsets\":[")
                    .append(entry.begin())
                    .append(',')
                    .append(entry.end())
                    .append("]}");
        }
        byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
        byte[] padded = Arrays.copyOf(text, (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    private static void quote(String text, StringBuilder into) {
        into.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> into.append("\\\"");
                case '\\' -> into.append("\\\\");
                case '\b' -> into.append("\\b");
                case '\f' -> into.append("\\f");
                case '\n' -> into.append("\\n");
                case '\r' -> into.append("\\r");
                case '\t' -> into.append("\\t");
                default -> {
                    if (c < ' ') {
                        into.append("\\u%04x".formatted((int) c));
                    } else {
                        into.append(c);
                    }
                }
            }
        }
        into.append('"');
    }
}
