package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.job.Job;
import io.weft.job.JobFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that come and go as a whole. */
class JobStoreTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private static final Submission DRAFT = new Submission(
            "",
            "token",
            "job.yaml",
            Optional.empty(),
            Identity.admin("lead@example.org", "north", Role.LEAD),
            "",
            Optional.empty());

    @TempDir
    Path folder;

    private JobStore store;

    @BeforeEach
    void open() throws Exception {
        store = at(NOON);
    }

    @Test
    void jobsOfOneNameInOneSecondHaveIdsOfTheirOwn() throws Exception {
        assertEquals("dolly-lora-20260131-120000", put(store, "dolly-lora").id());
        assertEquals("dolly-lora-20260131-120000-2", put(store, "dolly-lora").id());
    }

    @Test
    void theyAreReadInTheOrderInWhichTheyCame() throws Exception {
        put(at(NOON.plus(Duration.ofMinutes(1))), "a");
        put(store, "b");

        assertEquals(
                List.of("b-20260131-120000", "a-20260131-120100"),
                store.read().stream().map(QueuedJob::id).toList());
    }

    @Test
    void whatTravelsWithAJobIsKnownByItsPath() throws Exception {
        Path gathered = store.gather();
        Path script = JobStore.files(gathered).resolve("scripts/train.py");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "print()");

        QueuedJob job = store.put(gathered, job("own"), DRAFT);

        assertEquals(Map.of("scripts/train.py", job.folder().resolve("files/scripts/train.py")), JobStore.carried(job));
    }

    @Test
    void whatWasBeingHandedInWhenTheServerWasKilledIsRemoved() throws Exception {
        Path gathered = store.gather();

        assertEquals(List.of(), store.read());
        assertFalse(Files.exists(gathered));
    }

    @Test
    void aDeletedJobLeavesNothing() throws Exception {
        JobStore.delete(put(store, "short"));

        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private JobStore at(Instant time) throws IOException {
        return new JobStore(folder, Clock.fixed(time, ZoneOffset.UTC), new Changes());
    }

    private static QueuedJob put(JobStore store, String name) throws IOException {
        return store.put(store.gather(), job(name), DRAFT);
    }

    private static Job job(String name) {
        return JobFile.parse("""
                name: '%s'
                workflow: {rounds: 3}
                model: {backend: weights, base: initial.safetensors}
                trainer: {command: [python3, train.py]}
                """.formatted(name), "job.yaml");
    }
}
