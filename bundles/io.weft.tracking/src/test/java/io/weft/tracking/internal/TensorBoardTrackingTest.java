package io.weft.tracking.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracking;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorBoardTrackingTest {

    private static final Optional<String> FEDERATION = Optional.empty();

    @TempDir
    Path folder;

    @Test
    void writesTheBytesThatTensorBoardItselfWrites() throws IOException {
        try (Tracking tracking = open()) {
            golden(tracking, 0, 8);
        }
        assertArrayEquals(golden("golden.tfevents"), Files.readAllBytes(global()));
    }

    @Test
    void goesOnWithARunThatWasClosed() throws IOException {
        try (Tracking tracking = open()) {
            golden(tracking, 0, 3);
        }
        try (Tracking tracking = open()) {
            golden(tracking, 3, 8);
        }
        assertArrayEquals(golden("golden.tfevents"), Files.readAllBytes(global()));
    }

    /** The last record, of 48 bytes, is cut at the end of its checksum, in its event, in its header, and altogether. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 20, 37, 47, 48})
    void cutsOffWhatACrashLeftHalfWritten(int missing) throws IOException {
        try (Tracking tracking = open()) {
            golden(tracking, 0, 3);
        }
        byte[] three = Files.readAllBytes(global());
        Files.write(global(), Arrays.copyOf(three, three.length - missing));
        try (Tracking tracking = open()) {
            golden(tracking, 2, 8);
        }
        assertArrayEquals(golden("golden.tfevents"), Files.readAllBytes(global()));
    }

    @Test
    void cutsOffALengthThatIsNone() throws IOException {
        try (Tracking tracking = open()) {
            golden(tracking, 0, 3);
        }
        byte[] three = Files.readAllBytes(global());
        Files.write(
                global(), Arrays.copyOf(three, three.length + 4096)); // What a file system leaves after a power cut.
        try (Tracking tracking = open()) {
            golden(tracking, 3, 8);
        }
        assertArrayEquals(golden("golden.tfevents"), Files.readAllBytes(global()));
    }

    @Test
    void keepsAFileForTheFederationAndOneForEachSite() throws IOException {
        try (Tracking tracking = open()) {
            tracking.scalar(FEDERATION, "validation/loss", 1, 2.0);
            tracking.scalar(Optional.of("site-1"), "train/loss", 1, 2.5);
            tracking.scalar(Optional.of("global"), "train/loss", 1, 2.5);
        }
        assertEquals(
                Set.of(
                        "global/events.out.tfevents.weft",
                        "sites/global/events.out.tfevents.weft",
                        "sites/site-1/events.out.tfevents.weft"),
                files());
    }

    @Test
    void writesWhatScriptsWriteDownAsTensorBoardItselfDoes() throws IOException {
        try (Tracking tracking = open()) {
            tracking.summary("site-1", "notes/epoch", 3, new Summary.Text("*Grüße* from site-1"));
            tracking.summary(
                    "site-1",
                    "gradients",
                    0,
                    new Summary.Histogram(
                            -1.5, 2, 4, 1, 6.5, List.of(-1.0, 0.0, 1.0, 2.0), List.of(1.0, 0.0, 2.0, 1.0)));
            tracking.summary("site-1", "gradients", 200, new Summary.Histogram(0, 0, 0, 0, 0, List.of(), List.of()));
        }
        assertArrayEquals(
                golden("summaries.tfevents"),
                Files.readAllBytes(folder.resolve("sites/site-1/events.out.tfevents.weft")));
    }

    @Test
    void mixesNoScriptsValuesIntoTheSeriesOfRounds() throws IOException {
        try (Tracking tracking = open()) {
            tracking.scalar(Optional.of("site-1"), "train/loss", 1, 2.5);
            tracking.summary("site-1", "train/loss", 17, new Summary.Scalar(2.25));
            tracking.summary("site-1", "loss", 17, new Summary.Scalar(2.25));
        }
        assertEquals(
                Set.of("sites/site-1/events.out.tfevents.weft", "sites/site-1/script/events.out.tfevents.weft"),
                files());
    }

    @Test
    void makesNothingWithoutAValue() throws IOException {
        open().close();
        assertEquals(Set.of(), files());
    }

    @Test
    void showsAValueAtOnce() throws IOException {
        try (Tracking tracking = open()) {
            tracking.scalar(FEDERATION, "train/loss", 1, 2.25);
            long one = Files.size(global());
            tracking.scalar(FEDERATION, "train/loss", 2, 1e-7);
            assertTrue(Files.size(global()) > one);
        }
    }

    /** Some of the values of make_golden.py. */
    private static void golden(Tracking tracking, int first, int end) throws IOException {
        record Scalar(String tag, long step, double value) {}
        var scalars = Stream.of(
                new Scalar("train/loss", 1, 2.25),
                new Scalar("train/loss", 2, 1e-7),
                new Scalar("validation/loss", 0, 0.0),
                new Scalar("validation/perplexity", 300, Double.POSITIVE_INFINITY),
                new Scalar("validation/loss", 5_000_000_000L, Double.NaN),
                new Scalar("train/perte à l'entraînement", 127, -1.5),
                new Scalar("wire/bytes_up", 128, 123456789.0),
                new Scalar("x".repeat(200), 16384, Float.MAX_VALUE));
        for (Scalar scalar : scalars.toList().subList(first, end)) {
            tracking.scalar(FEDERATION, scalar.tag(), scalar.step(), scalar.value());
        }
    }

    private Tracking open() {
        return new TensorBoardTracking(folder, InstantSource.fixed(Instant.ofEpochSecond(1767225600L, 250_000_000L)));
    }

    private Path global() {
        return folder.resolve("global/events.out.tfevents.weft");
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .collect(Collectors.toSet());
        }
    }

    private static byte[] golden(String name) throws IOException {
        try (InputStream golden = TensorBoardTrackingTest.class.getResourceAsStream(name)) {
            return golden.readAllBytes();
        }
    }
}
