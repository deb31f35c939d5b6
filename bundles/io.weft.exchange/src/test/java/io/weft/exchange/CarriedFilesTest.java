package io.weft.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One file that is fetched, and a former fetch of it that was ended. */
@Timeout(300)
class CarriedFilesTest {

    private static final int BYTES = 1_000_003;

    @TempDir
    Path folder;

    private final byte[] content = new byte[BYTES];
    private Path to;
    private Message.CarriedFile file;

    @BeforeEach
    void lay() throws IOException {
        for (int at = 0; at < BYTES; at++) {
            content[at] = (byte) (at * 31 + at / 251);
        }
        Files.write(folder.resolve("model"), content);
        to = folder.resolve("model.part");
        file = new Message.CarriedFile("model", BYTES, false);
    }

    private Message.Pulled fetch() throws Exception {
        Service offering = new Pair.Silent() {
            @Override
            public TensorReader open(String resource) throws IOException {
                return CarriedFiles.offer(new TreeMap<>(Map.of("model", folder.resolve("model"))));
            }
        };
        try (Pair pair = Pair.serving(offering)) {
            return pair.asking().pull(CarriedFiles.one("job/result/model", file, to), new Cancellation());
        }
    }

    @Test
    void whatIsThereIsNotBroughtAgain() throws Exception {
        Files.write(to, Arrays.copyOf(content, 900_001));

        Message.Pulled pulled = fetch();

        assertArrayEquals(content, Files.readAllBytes(to));
        assertTrue(pulled.wireBytes() < 110_000, pulled + "");
    }

    @Test
    void aFileThatWasWholeIsCheckedAlone() throws Exception {
        Files.write(to, content);

        assertTrue(fetch().wireBytes() < 10_000);
    }

    @Test
    void anEmptyFileIsBroughtFromItsBeginning() throws Exception {
        Files.createFile(to);

        assertEquals(BYTES, fetch().logicalBytes());
        assertArrayEquals(content, Files.readAllBytes(to));
    }

    @Test
    void whatIsThereAndIsSomethingElseIsRefused() throws Exception {
        Files.write(to, new byte[1000]);

        Refusal refusal = assertThrows(Refusal.class, this::fetch);

        assertTrue(refusal.getMessage().contains("remove it"), refusal.getMessage());
    }

    private void assertRefused(String path, long bytes, String words) {
        List<Message.CarriedFile> files = List.of(new Message.CarriedFile(path, bytes, false));
        Refusal refusal = assertThrows(Refusal.class, () -> CarriedFiles.into(folder, "token", files));
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
        assertTrue(refusal.getMessage().length() < 300, refusal.getMessage());
    }

    @Test
    void aPathThatNoFileSystemTakesIsRefusedInALine() {
        assertRefused("a/" + "b".repeat(256), 1, "too long for a file's path: 255 bytes a name");
        assertRefused("ä".repeat(128), 1, "too long for a file's path");
        assertRefused("a/".repeat(600) + "b", 1, "1000 characters in all");
    }

    @Test
    void aPathThatLeadsElsewhereIsRefused() {
        for (String path : List.of("../evil", "/etc/evil", "a/../../evil", "a\\b", "C:evil", "a//b", ".", "a\0b", "")) {
            assertRefused(path, 1, "is no path of a file beside a job file");
        }
    }

    @Test
    void aSizeThatNoFileHasIsRefused() {
        assertRefused("a", -5, "'a' has a size of -5 bytes");
    }
}
