package io.weft.strategy.lora.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.djl.Libtorch;
import io.weft.hf.internal.HuggingFaceFormat;
import io.weft.lm.internal.model.AdapterStrategy;
import io.weft.lm.internal.model.Base;
import io.weft.lm.internal.text.Records;
import io.weft.lm.internal.text.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints, adapters and records that chance has spoilt: each is read, or refused in one line. */
@Timeout(300)
class HostileFilesTest {

    private static final Path TINY = Path.of("../../plugins-hf/io.weft.hf/src/test/resources/tiny");

    private static final int TRIES = 200;

    /** What a value of a JSON file is replaced by. */
    private static final List<String> VALUES = List.of(
            "null",
            "-1",
            "0",
            "1",
            "1e999",
            "-1e999",
            "9223372036854775808",
            "2147483648",
            "0.5",
            "true",
            "\"\"",
            "\"x\"",
            "[]",
            "[[[]]]",
            "{}",
            "{\"a\":1}",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"../../x\"",
            "NaN");

    @TempDir
    private Path folder;

    private Path base;
    private Path adapter;
    private Path records;
    private int tried;

    /** What is done with the files. */
    private interface Use {
        void of() throws IOException;
    }

    @BeforeAll
    static void load() throws IOException {
        Libtorch.load(Path.of(System.getProperty("weft.natives")), 1);
    }

    @BeforeEach
    void lay() throws IOException {
        base = copy(TINY.resolve("checkpoint"), folder.resolve("base"));
        adapter = copy(TINY.resolve("adapter"), folder.resolve("adapter"));
        records = folder.resolve("records.jsonl");
        Files.writeString(records, """
                {"text": "the wind from the north"}
                {"prompt": "the wind", "completion": " from the south"}
                {"text": "blows five days"}
                """);
    }

    @Test
    void theWholeFilesAreRead() throws IOException {
        readBase();
        readAdapter();
        readRecords();
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"})
    void aCheckpointsText(String file) throws IOException {
        if (file.equals("generation_config.json")) {
            // It is asked for the end of sequence where no other file names one.
            Files.delete(base.resolve("tokenizer_config.json"));
        }
        spoilText(base.resolve(file), this::readBase);
    }

    @Test
    void aCheckpointsWeights() throws IOException {
        spoilHeader(base.resolve("model.safetensors"), this::readBase);
    }

    @Test
    void anIndexOfShards() throws IOException {
        Path weights = base.resolve("model.safetensors");
        Path index = base.resolve("model.safetensors.index.json");
        StringBuilder text = new StringBuilder("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {");
        try (TensorReader reader = new HuggingFaceFormat().open(base)) {
            for (TensorSpec tensor : reader.manifest().tensors()) {
                text.append(text.charAt(text.length() - 1) == '{' ? "" : ", ")
                        .append('"')
                        .append(tensor.name())
                        .append("\": \"model-00001-of-00001.safetensors\"");
            }
        }
        Files.move(weights, base.resolve("model-00001-of-00001.safetensors"));
        Files.writeString(index, text.append("}}"));
        readBase();

        spoilText(index, this::readBase);
    }

    @Test
    void anAdaptersConfiguration() throws IOException {
        spoilText(adapter.resolve("adapter_config.json"), this::readAdapter);
    }

    @Test
    void anAdaptersWeights() throws IOException {
        spoilHeader(adapter.resolve("adapter_model.safetensors"), this::readAdapter);
    }

    @Test
    void recordsOfAJob() throws IOException {
        spoilText(records, this::readRecords);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\u0000", "\uFEFF", "[", "{", "{\"text\":", "{\"text\": \"", "null\n", "1\n"})
    void filesOfOneThing(String thing) throws IOException {
        for (int count : new int[] {1, 3, 20_000}) {
            byte[] bytes = thing.repeat(count).getBytes(StandardCharsets.UTF_8);
            for (Path file : List.of(base.resolve("config.json"), base.resolve("tokenizer.json"), records)) {
                byte[] whole = Files.readAllBytes(file);
                Files.write(file, bytes);
                assertReadOrRefused(file.equals(records) ? this::readRecords : this::readBase, file + " of " + count);
                Files.write(file, whole);
            }
        }
    }

    private void readBase() throws IOException {
        Base opened = Base.open(base, new HuggingFaceFormat());
        Tokenizer.from(new Manifest("", List.of(), opened.companions(), ""), opened.location())
                .close();
    }

    private void readAdapter() throws IOException {
        Base opened = Base.open(base, new HuggingFaceFormat());
        try (TensorReader reader = new HuggingFaceFormat().open(adapter)) {
            AdapterStrategy strategy = AdapterStrategy.of(reader.manifest(), adapter, List.of(new LoraStrategy()));
            strategy.apply(one -> one.plan(opened, reader.manifest()));
            try (TensorReader weights = opened.open()) {
                strategy.apply(one -> one.folding(weights.manifest(), reader));
            }
        }
    }

    private void readRecords() throws IOException {
        Base opened = Base.open(base, new HuggingFaceFormat());
        try (Tokenizer tokenizer = Tokenizer.from(new Manifest("", List.of(), opened.companions(), ""))) {
            Records.load(List.of(records), tokenizer, Optional.empty(), 16);
        }
    }

    private void spoilText(Path file, Use use) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(file.getFileName().toString().hashCode());
        for (int i = 0; i < TRIES; i++) {
            byte[] spoilt = random.nextBoolean()
                    ? spoilt(whole, random)
                    : replaced(new String(whole, StandardCharsets.UTF_8), random)
                            .getBytes(StandardCharsets.UTF_8);
            Files.write(file, spoilt);
            assertReadOrRefused(use, file + ", try " + i + ": " + new String(spoilt, StandardCharsets.UTF_8));
        }
        assertTrue(tried > 0, "nothing was refused");
    }

    /** Of a safetensors file only the length and the header: every other byte is a number like any other. */
    private void spoilHeader(Path file, Use use) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int header =
                8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        Random random = new Random(file.getFileName().toString().hashCode());
        for (int i = 0; i < TRIES; i++) {
            byte[] spoilt =
                    switch (random.nextInt(3)) {
                        case 0 -> spoilt(whole, random);
                        case 1 -> Arrays.copyOf(whole, random.nextInt(whole.length));
                        default -> {
                            byte[] text = replaced(new String(whole, 8, header - 8, StandardCharsets.UTF_8), random)
                                    .getBytes(StandardCharsets.UTF_8);
                            yield ByteBuffer.allocate(8 + text.length + whole.length - header)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putLong(text.length)
                                    .put(text)
                                    .put(whole, header, whole.length - header)
                                    .array();
                        }
                    };
            Files.write(file, spoilt);
            assertReadOrRefused(use, file + ", try " + i);
        }
        assertTrue(tried > 0, "nothing was refused");
    }

    private static byte[] spoilt(byte[] whole, Random random) {
        int at = random.nextInt(whole.length);
        int end = Math.min(whole.length, at + 1 + random.nextInt(16));
        return switch (random.nextInt(4)) {
            case 0 -> {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                yield flipped;
            }
            case 1 -> joined(whole, at, whole, end);
            case 2 -> joined(whole, end, whole, at);
            default -> Arrays.copyOf(whole, at);
        };
    }

    private static byte[] joined(byte[] head, int end, byte[] tail, int from) {
        return ByteBuffer.allocate(end + tail.length - from)
                .put(head, 0, end)
                .put(tail, from, tail.length - from)
                .array();
    }

    /** Puts another value in the place of what stands after some colon. */
    private static String replaced(String text, Random random) {
        int colon = text.indexOf(':', random.nextInt(text.length()));
        if (colon < 0) {
            return text + text;
        }
        int end = colon + 1;
        while (end < text.length() && ",}\n".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return text.substring(0, colon + 1) + VALUES.get(random.nextInt(VALUES.size())) + text.substring(end);
    }

    private void assertReadOrRefused(Use use, String what) {
        try {
            use.of();
        } catch (Refusal e) {
            tried++;
            String message = e.getMessage();
            assertEquals(1, message.lines().count(), what + "\n" + message);
            assertFalse(message.contains("Exception") || message.contains("com.fasterxml"), what + "\n" + message);
            assertFalse(message.codePoints().anyMatch(Character::isISOControl), what + "\n" + message);
            assertTrue(message.length() < 1000, what + "\n" + message);
            assertTrue(message.contains(folder.toString()), what + "\n" + message);
        } catch (IOException | RuntimeException | Error e) {
            fail("neither read nor refused: " + what, e);
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}
