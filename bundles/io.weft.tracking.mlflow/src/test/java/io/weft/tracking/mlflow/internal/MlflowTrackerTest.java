package io.weft.tracking.mlflow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.plugin.Summary;
import io.weft.api.testing.TestJob;
import io.weft.api.tracking.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowTrackerTest {

    private static final Optional<String> FEDERATION = Optional.empty();
    private static final Optional<String> NORTH = Optional.of("north");

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path folder;

    private TrackingServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TrackingServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Tracking open() throws IOException {
        return open(Map.of("uri", server.uri()), Map.of());
    }

    private Tracking open(Map<String, Object> options, Map<String, String> environment) throws IOException {
        return open(options, environment, InstantSource.fixed(NOON));
    }

    private Tracking open(Map<String, Object> options, Map<String, String> environment, InstantSource clock)
            throws IOException {
        return new MlflowTracker(environment, clock).open(new TestJob(options), folder);
    }

    @Test
    void aJobIsARunAndEachSiteARunBelowIt() throws IOException {
        try (Tracking tracking = open()) {
            tracking.scalar(FEDERATION, "train/loss", 1, 2.5);
            tracking.scalar(NORTH, "train/loss", 1, 3.5);
        }
        assertEquals(List.of("weft"), server.experiments);
        assertEquals(
                Map.of("experiment", "7", "mlflow.runName", "test", "weft.job", "test"), server.runs.get("run-1").tags);
        assertEquals(
                Map.of(
                        "experiment",
                        "7",
                        "mlflow.runName",
                        "test/north",
                        "mlflow.parentRunId",
                        "run-1",
                        "weft.job",
                        "test",
                        "weft.site",
                        "north"),
                server.runs.get("run-2").tags);
        assertEquals(List.of("train/loss@1=2.5"), server.runs.get("run-1").metrics);
        assertEquals(List.of("train/loss@1=3.5"), server.runs.get("run-2").metrics);
    }

    @Test
    void theNextRoundGoesOnWithTheSameRuns() throws IOException {
        for (int round = 1; round <= 2; round++) {
            try (Tracking tracking = open()) {
                tracking.scalar(FEDERATION, "train/loss", round, round);
            }
        }
        assertEquals(1, server.runs.size());
        assertEquals(List.of("train/loss@1=1.0", "train/loss@2=2.0"), server.runs.get("run-1").metrics);
        assertEquals(List.of("FINISHED", "RUNNING", "FINISHED"), server.runs.get("run-1").states);
    }

    @Test
    void allOfManyValuesArrive() throws IOException {
        try (Tracking tracking = open()) {
            for (int step = 0; step < 2500; step++) {
                tracking.scalar(NORTH, "step/loss", step, step);
            }
        }
        assertEquals(2500, server.runs.get("run-2").metrics.size());
        assertEquals("step/loss@2499=2499.0", server.runs.get("run-2").metrics.get(2499));
    }

    @Test
    void aServerThatTakesTwoSecondsForARequestGetsManyValuesInEach() throws IOException {
        AtomicInteger readings = new AtomicInteger();
        InstantSource clock = () -> NOON.plusMillis(100L * readings.incrementAndGet() + 2000L * server.batches());
        try (Tracking tracking = open(Map.of("uri", server.uri()), Map.of(), clock)) {
            for (int step = 0; step < 100; step++) {
                tracking.scalar(FEDERATION, "step/loss", step, step);
            }
        }
        assertEquals(100, server.runs.get("run-1").metrics.size());
        assertTrue(server.batches() < 30, () -> server.batches() + " requests");
    }

    @Test
    void numbersThatAreNoneArriveAsSuch() throws IOException {
        try (Tracking tracking = open()) {
            tracking.scalar(FEDERATION, "train/loss", 1, Double.NaN);
            tracking.scalar(FEDERATION, "train/loss", 2, Double.POSITIVE_INFINITY);
        }
        assertEquals(List.of("train/loss@1=NaN", "train/loss@2=Infinity"), server.runs.get("run-1").metrics);
    }

    @Test
    void textsBecomeTagsAndHistogramsTheirMeanAndEnds() throws IOException {
        try (Tracking tracking = open()) {
            tracking.summary("north", "sample", 3, new Summary.Text("once upon a time"));
            tracking.summary(
                    "north", "gradient", 3, new Summary.Histogram(-1, 3, 4, 8, 20, List.of(3.0), List.of(4.0)));
        }
        assertEquals("once upon a time", server.runs.get("run-2").tags.get("sample"));
        assertEquals(
                List.of("gradient/mean@3=2.0", "gradient/min@3=-1.0", "gradient/max@3=3.0"),
                server.runs.get("run-2").metrics);
    }

    @Test
    void namesThatMlflowRefusesAreSpelledOtherwise() throws IOException {
        try (Tracking tracking = open()) {
            tracking.scalar(NORTH, "accuracy@5 [%]", 1, 0.5);
        }
        assertEquals(List.of("accuracy_5 ___@1=0.5"), server.runs.get("run-2").metrics);
    }

    @Test
    void theServersAddressMayComeFromTheEnvironment() throws IOException {
        try (Tracking tracking = open(Map.of("experiment", "clinic"), Map.of("MLFLOW_TRACKING_URI", server.uri()))) {
            tracking.scalar(FEDERATION, "train/loss", 1, 1);
        }
        assertEquals(List.of("clinic"), server.experiments);
    }

    @Test
    void saysThatNobodyToldItWhereTheServerIs() {
        Refusal refusal =
                assertThrows(Refusal.class, () -> open(Map.of(), Map.of()).close());
        assertTrue(refusal.getMessage().contains("MLFLOW_TRACKING_URI"), refusal.getMessage());
    }

    @Test
    void saysWhyTheServerDoesNotTakeValues() throws IOException {
        Tracking tracking = open();
        tracking.scalar(FEDERATION, "train/loss", 1, 1);
        tracking.scalar(NORTH, "train/loss", 1, 1);
        server.close();
        IOException failure = assertThrows(IOException.class, tracking::close);
        assertTrue(
                failure.getMessage().startsWith("the tracking server does not take values (lost: 2): "),
                failure.getMessage());
    }
}
