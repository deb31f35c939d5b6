package io.weft.tensor.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.tensor.JsonProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a safetensors header piece by piece and refuses every one that breaks a rule of the format. */
final class HeaderParser {

    private static final int MAX_RANK = 64;
    private static final int MAX_TEXT = 1 << 16;
    private static final int SHOWN_TEXT = 120;

    /** Field names are tensor names here, so they are neither cached nor interned: a hostile file could fill those tables. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(4)
                    .maxNameLength(MAX_TEXT)
                    .maxStringLength(MAX_TEXT)
                    .maxNumberLength(40)
                    .build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final Path file;
    private final FileChannel channel;

    HeaderParser(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    Header parse() throws IOException {
        long fileLength = channel.size();
        if (fileLength < Header.LENGTH_BYTES) {
            throw broken("has %d bytes, too few for a safetensors file".formatted(fileLength));
        }
        long length = headerLength();
        if (Long.compareUnsigned(length, Header.MAX_LENGTH) > 0) {
            throw broken("its header claims %s bytes; at most %d are allowed"
                    .formatted(Long.toUnsignedString(length), Header.MAX_LENGTH));
        }
        if (length > fileLength - Header.LENGTH_BYTES) {
            throw broken("its header claims %d bytes, but the file has only %d".formatted(length, fileLength));
        }
        long dataStart = Header.LENGTH_BYTES + length;
        List<Header.Entry> entries = entries(dataStart);
        entries.sort(Comparator.comparingLong(Header.Entry::begin).thenComparingLong(Header.Entry::end));
        checkContiguous(entries, fileLength - dataStart);
        return new Header(dataStart, List.copyOf(entries));
    }

    private long headerLength() throws IOException {
        ByteBuffer field = ByteBuffer.allocate(Header.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Positional.readFully(file, channel, field, 0);
        return field.getLong(0);
    }

    private List<Header.Entry> entries(long end) throws IOException {
        // A Reader of our own: it reports malformed UTF-8, which Jackson's byte parser lets through in part.
        try (InputStream bytes = new RangeInput(file, channel, Header.LENGTH_BYTES, end);
                Reader text = new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder());
                JsonParser parser = JSON.createParser(text)) {
            return entries(parser);
        } catch (CharacterCodingException e) {
            throw new Refusal(message("its header is not UTF-8 text"), e);
        } catch (JsonProcessingException e) {
            throw new Refusal(message("its header " + JsonProblem.words(e)), e);
        }
    }

    private List<Header.Entry> entries(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT
                || parser.currentTokenLocation().getCharOffset() != 0) {
            throw broken("its header does not start with '{'");
        }
        List<Header.Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (!names.add(name)) {
                throw broken(tensor(name) + " is there twice");
            }
            parser.nextToken();
            if (name.equals(Header.METADATA)) {
                skipMetadata(parser);
            } else {
                entries.add(entry(name, parser));
            }
        }
        if (parser.nextToken() != null) {
            throw broken("its header goes on after the closing '}'");
        }
        return entries;
    }

    private void skipMetadata(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw broken("its __metadata__ is not an object");
        }
        Set<String> keys = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            if (!keys.add(key)) {
                throw broken("its __metadata__ has '%s' twice".formatted(shown(key)));
            }
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw broken("its __metadata__ has a value for '%s' that is not text".formatted(shown(key)));
            }
            parser.finishToken();
        }
    }

    private Header.Entry entry(String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw broken(tensor(name) + " is not described by an object");
        }
        DType type = null;
        long[] dimensions = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            boolean repeated;
            switch (key) {
                case "dtype" -> {
                    repeated = type != null;
                    type = type(name, parser);
                }
                case "shape" -> {
                    repeated = dimensions != null;
                    dimensions = numbers(name, key, MAX_RANK, parser);
                }
                case "data_offsets" -> {
                    repeated = offsets != null;
                    offsets = numbers(name, key, 2, parser);
                }
                default ->
                    throw broken(tensor(name)
                            + " has the key '%s'; allowed are dtype, shape, data_offsets".formatted(shown(key)));
            }
            if (repeated) {
                throw broken(tensor(name) + " has the key '%s' twice".formatted(key));
            }
        }
        if (type == null || dimensions == null || offsets == null) {
            throw broken(tensor(name) + " lacks one of dtype, shape, data_offsets");
        }
        return checked(name, type, Shape.of(dimensions), offsets);
    }

    private Header.Entry checked(String name, DType type, Shape shape, long[] offsets) {
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw broken(tensor(name)
                    + " has data_offsets %s; allowed is [begin, end], not decreasing"
                            .formatted(Arrays.toString(offsets)));
        }
        long bytes;
        try {
            bytes = Math.multiplyExact(shape.elements(), type.bytes());
        } catch (ArithmeticException e) {
            throw new Refusal(
                    message(tensor(name) + " has the shape %s, more than can be counted".formatted(shape)), e);
        }
        if (bytes != offsets[1] - offsets[0]) {
            throw broken(tensor(name)
                    + " needs %d bytes for %s %s, but its data_offsets span %d"
                            .formatted(bytes, type, shape, offsets[1] - offsets[0]));
        }
        return new Header.Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private DType type(String tensor, JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw broken(tensor(tensor) + " has a dtype that is not text");
        }
        String name = parser.getText();
        return DType.named(name)
                .orElseThrow(() -> broken(tensor(tensor)
                        + " has the dtype '%s'; Weft reads %s"
                                .formatted(
                                        shown(name),
                                        Arrays.stream(DType.values())
                                                .map(DType::name)
                                                .collect(Collectors.joining(" ")))));
    }

    private long[] numbers(String tensor, String key, int most, JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw broken(tensor(tensor) + " has a %s that is not a list".formatted(key));
        }
        long[] numbers = new long[most];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (count == most) {
                throw broken(tensor(tensor) + " has more than %d numbers in %s".formatted(most, key));
            }
            boolean whole = parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
            if (!whole
                    || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    || parser.getText().startsWith("-")) {
                throw broken(tensor(tensor)
                        + " has '%s' in %s; allowed are whole numbers from 0 to %d"
                                .formatted(shown(parser.getText()), key, Long.MAX_VALUE));
            }
            numbers[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private void checkContiguous(List<Header.Entry> entries, long dataLength) {
        long end = 0;
        for (Header.Entry entry : entries) {
            if (entry.begin() != end) {
                throw broken(tensor(entry.name())
                        + " begins at byte %d of the data, but the tensor before it ends at %d: the file has a hole or an overlap"
                                .formatted(entry.begin(), end));
            }
            end = entry.end();
        }
        if (end != dataLength) {
            String last = entries.isEmpty()
                    ? ""
                    : " (%s is the last)"
                            .formatted(tensor(entries.get(entries.size() - 1).name()));
            throw broken(
                    "its tensors need %d bytes of data%s, but %d follow the header".formatted(end, last, dataLength));
        }
    }

    private static String tensor(String name) {
        return "tensor '" + shown(name) + "'";
    }

    /** A hostile text as it may stand in a one-line message. */
    private static String shown(String text) {
        String printable = text.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= SHOWN_TEXT ? printable : printable.substring(0, SHOWN_TEXT) + "…";
    }

    private Refusal broken(String what) {
        return new Refusal(message(what));
    }

    private String message(String what) {
        return file + ": " + what + "; copy the file anew from where it came, or save it again with safetensors";
    }
}
