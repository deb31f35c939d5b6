package io.weft.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every rule of the format, broken by itself; nothing is read and nothing large is allocated before all rules hold. */
class HostileHeaderTest {

    private static final String REMEDY = "; copy the file anew from where it came, or save it again with safetensors";

    @TempDir
    private Path folder;

    /** A header, how many bytes of data follow it, and what is said of it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            []                                                                              | 0 | its header does not start with '{'
             {}                                                                             | 0 | its header is fine
            `  {}`                                                                          | 0 | its header does not start with '{'
            {                                                                               | 0 | its header is not valid JSON
            {"a"}                                                                           | 0 | its header is not valid JSON
            {} {}                                                                           | 0 | its header goes on after the closing '}'
            {},                                                                             | 0 | its header is not valid JSON
            {"a":1}                                                                         | 0 | tensor 'a' is not described by an object
            {"__metadata__":[]}                                                             | 0 | its __metadata__ is not an object
            {"__metadata__":{"a":1}}                                                        | 0 | its __metadata__ has a value for 'a' that is not text
            {"__metadata__":{"a":"1","a":"2"}}                                              | 0 | its __metadata__ has 'a' twice
            {"__metadata__":{},"__metadata__":{}}                                           | 0 | tensor '__metadata__' is there twice
            {"a":{"dtype":"F32","shape":[1]}}                                               | 4 | tensor 'a' lacks one of dtype, shape, data_offsets
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}                    | 4 | tensor 'a' has the key 'x'; allowed are dtype, shape, data_offsets
            {"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}              | 4 | tensor 'a' has the key 'shape' twice
            {"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}            | 4 | tensor 'a' has the key 'dtype' twice
            {"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}                          | 4 | tensor 'a' has the dtype 'F31'; Weft reads F64 F32 F16 BF16
            {"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}                          | 4 | tensor 'a' has the dtype 'f32'; Weft reads
            {"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}                             | 4 | tensor 'a' has a dtype that is not text
            {"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}                            | 4 | tensor 'a' has a shape that is not a list
            {"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}                        | 4 | tensor 'a' has '[' in shape; allowed are whole numbers
            {"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}                        | 4 | tensor 'a' has '1' in shape; allowed are whole numbers
            {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}                        | 4 | tensor 'a' has '1.0' in shape; allowed are whole numbers
            {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}                         | 4 | tensor 'a' has '-1' in shape; allowed are whole numbers
            {"a":{"dtype":"F32","shape":[null],"data_offsets":[0,4]}}                       | 4 | tensor 'a' has 'null' in shape; allowed are whole numbers
            {"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}        | 4 | tensor 'a' has '9223372036854775808' in shape; allowed are whole numbers from 0 to 9223372036854775807
            {"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}      | 0 | tensor 'a' has the shape [4294967296, 4294967296], more than can be counted
            {"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}        | 0 | tensor 'a' has the shape [4611686018427387904], more than can be counted
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}                          | 4 | tensor 'a' needs 8 bytes for F32 [2], but its data_offsets span 4
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}                          | 4 | tensor 'a' has data_offsets [4, 0]; allowed is [begin, end], not decreasing
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}                            | 4 | tensor 'a' has data_offsets [0]; allowed is [begin, end], not decreasing
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}                        | 4 | tensor 'a' has more than 2 numbers in data_offsets
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}                         | 4 | tensor 'a' has '-4' in data_offsets; allowed are whole numbers
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}                          | 8 | tensor 'a' begins at byte 4 of the data, but the tensor before it ends at 0: the file has a hole or an overlap
            {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}} | 3 | tensor 'b' begins at byte 1 of the data, but the tensor before it ends at 2
            {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}} | 2 | tensor 'b' begins at byte 0 of the data, but the tensor before it ends at 2
            {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}} | 4 | tensor 'a' is there twice
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                          | 3 | its tensors need 4 bytes of data (tensor 'a' is the last), but 3 follow the header
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}                          | 5 | its tensors need 4 bytes of data (tensor 'a' is the last), but 5 follow the header
            {}                                                                              | 1 | its tensors need 0 bytes of data, but 1 follow the header
            {"\\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}                     | 0 | its header is not valid JSON
            {"\\udc00":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}                     | 0 | its header is not valid JSON
            """)
    void namesWhatIsWrong(String header, int dataBytes, String message) throws IOException {
        if (message.equals("its header is fine")) {
            try (TensorReader reader = Safetensors.open(file(header, dataBytes))) {
                assertTrue(reader.manifest().tensors().isEmpty());
            }
        } else {
            assertRefused(file(header, dataBytes), message);
        }
    }

    @Test
    void theLengthIsCheckedBeforeAnythingIsRead() throws IOException {
        assertRefused(bytes(new byte[7]), "has 7 bytes, too few for a safetensors file");
        assertRefused(bytes(new byte[0]), "has 0 bytes, too few for a safetensors file");
        assertRefused(length(0, 0), "its header does not start with '{'");
        assertRefused(length(100_000_001, 0), "its header claims 100000001 bytes; at most 100000000 are allowed");
        assertRefused(length(-1, 0), "its header claims 18446744073709551615 bytes; at most 100000000 are allowed");
        assertRefused(length(100_000_000, 8), "its header claims 100000000 bytes, but the file has only 16");
    }

    @Test
    void theHeaderMustBeUtf8() throws IOException {
        byte[] overlongSlash = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};
        byte[] halfSurrogate = {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', '}'};
        assertRefused(file(overlongSlash, 0), "its header is not UTF-8 text");
        assertRefused(file(halfSurrogate, 0), "its header is not UTF-8 text");
    }

    @Test
    void depthAndLengthOfTheJsonAreBounded() throws IOException {
        assertRefused(file("{\"a\":{\"dtype\":" + "[".repeat(100_000), 0), "tensor 'a' has a dtype that is not text");
        assertRefused(file("{\"__metadata__\":{\"a\":" + "{\"b\":".repeat(100_000), 0), "that is not text");
        assertRefused(
                file("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + "1,".repeat(64) + "1],\"data_offsets\":[0,1]}}", 1),
                "tensor 'a' has more than 64 numbers in shape");
        assertRefused(file("{\"a\":{\"shape\":[" + "1".repeat(5000) + "]}}", 0), "its header is not read");
        assertRefused(file("{\"" + "n".repeat(100_000) + "\":1}", 0), "its header is not read");
    }

    @Test
    void aHostileNameStaysOnOneLine() throws IOException {
        assertRefused(file("{\"a\\nb\\u001b[2J\":1}", 0), "tensor 'a?b?[2J' is not described by an object");
        assertRefused(file("{\"" + "n".repeat(1000) + "\":1}", 0), "tensor '" + "n".repeat(120) + "…' is not");
    }

    @Test
    void aTypeThatWeftDoesNotReadIsNamed() {
        assertRefused(
                Golden.path("unsigned.safetensors"),
                "tensor 'a' has the dtype 'U32'; Weft reads F64 F32 F16 BF16 F8_E5M2");
    }

    @Test
    void thePaddingAndTheLibrarysOwnFilesAreFine() throws IOException {
        try (TensorReader reader = Safetensors.open(Golden.path("no-metadata.safetensors"))) {
            assertEquals(1, reader.manifest().tensors().size());
        }
        try (TensorReader reader = Safetensors.open(file("{}" + " ".repeat(5000), 0))) {
            assertTrue(reader.manifest().tensors().isEmpty());
        }
        try (TensorReader reader = Safetensors.open(
                file("{\"a\":{\"dtype\":\"U8\",\"shape\":[0,9223372036854775807],\"data_offsets\":[0,0]}}", 0))) {
            assertEquals(0, reader.manifest().tensor("a").orElseThrow().elements());
        }
    }

    private static void assertRefused(Path file, String message) {
        String said = assertThrows(Refusal.class, () -> Safetensors.open(file).close())
                .getMessage();
        assertTrue(said.startsWith(file + ": ") && said.contains(message) && said.endsWith(REMEDY), said);
        assertOneLine(said);
    }

    private static void assertOneLine(String message) {
        assertFalse(message.matches("(?s).*\\p{Cntrl}.*"), message);
        assertTrue(message.length() < 800, message);
    }

    private Path file(String header, int dataBytes) throws IOException {
        return file(header.getBytes(StandardCharsets.UTF_8), dataBytes);
    }

    private Path file(byte[] header, int dataBytes) throws IOException {
        return bytes(ByteBuffer.allocate(8 + header.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array());
    }

    private Path length(long claimed, int bytes) throws IOException {
        return bytes(ByteBuffer.allocate(8 + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(claimed)
                .array());
    }

    private Path bytes(byte[] content) throws IOException {
        return Files.write(folder.resolve("hostile.safetensors"), content);
    }
}
