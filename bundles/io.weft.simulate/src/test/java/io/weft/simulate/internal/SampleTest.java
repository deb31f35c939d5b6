package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.job.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleTest {

    private static final String WHOLE = """
            name: whole
            workflow: {type: fedavg, rounds: 9, sites: {min: 3, deadline: 30m}}
            model: {backend: hf, base: ../base, digest: DIGEST}
            strategy: {type: lora, rank: 4, targets: [q_proj, v_proj]}
            data: {train: notes, validate: held, template: alpaca, maxLength: 64}
            train: {optimizer: {type: sgd, weightDecay: 0.5}, lr: 2e-4, schedule: cosine, warmup: 0.1, batch: 2, accumulate: 3,
                    epochs: 5, seed: 9, precision: fp32, state: reset}
            aggregator: {type: fedavg, weightBy: tokens}
            wire: {send: difference}
            select: {metric: validation_token_accuracy, mode: max}
            track: [tensorboard]
            compare: {alone: true}
            sites: {a: {train: {batch: 4, epochs: 2}}, c: {train: {batch: 8}}}
            """.replace("DIGEST", "ab".repeat(32));

    @TempDir
    Path folder;

    private final SortedMap<String, SiteFiles> sites = new TreeMap<>();

    @BeforeEach
    void makeSites() throws IOException {
        for (String site : List.of("a", "b", "c")) {
            Path home = Files.createDirectories(folder.resolve("whole").resolve(site));
            Path notes = Files.writeString(home.resolve("notes.jsonl"), "{}\n".repeat(100));
            Path held = Files.writeString(home.resolve("held.jsonl"), "{}\n".repeat(site.equals("a") ? 30 : 7));
            sites.put(
                    site,
                    new SiteFiles(
                            Optional.empty(), Optional.of(home), new TreeMap<>(Map.of("notes", notes, "held", held))));
        }
    }

    @Test
    void aSmallJobIsTheSameButForItsLength() throws IOException {
        Job whole = job(WHOLE);
        Job small = sample(whole).job();

        assertEquals(2, small.workflow().rounds());
        assertEquals(OptionalInt.empty(), small.workflow().minSites());
        assertEquals("/models/base", small.model().base());
        assertEquals(whole.model().digest(), small.model().digest());
        assertEquals(whole.data(), small.data());
        assertEquals(whole.weightBy(), small.weightBy());
        assertEquals(whole.wire(), small.wire());
        assertEquals(whole.values().get("strategy"), small.values().get("strategy"));
        TrainSettings was = whole.train().orElseThrow();
        TrainSettings now = small.train().orElseThrow();
        assertEquals(OptionalInt.empty(), now.epochs());
        assertEquals(OptionalInt.of(3), now.steps());
        assertEquals(was.optimizer(), now.optimizer());
        assertEquals(was.precision(), now.precision());
        assertEquals(was.state(), now.state());
        assertEquals(Optional.empty(), small.select());
        assertEquals(List.of(), small.track());
        assertEquals(Optional.empty(), small.compare());
        assertEquals(4, small.forSite("a").train().orElseThrow().batch());
        assertEquals(OptionalInt.of(3), small.forSite("a").train().orElseThrow().steps());
    }

    @Test
    void twoSitesGetTheRecordsOfThreeSteps() throws IOException {
        Sample sample = sample(job(WHOLE));

        assertEquals(3 * 4 * 3, lines("a", "notes"));
        assertEquals(3 * 2 * 3, lines("b", "notes"));
        assertEquals(24, lines("a", "held"));
        assertEquals(new TreeMap<>(Map.of("a", 24L, "b", 7L)), sample.validated());
        assertFalse(Files.exists(folder.resolve("small/c")));
    }

    @Test
    void aJobThatOnlyExchangesDoesNotTrain() throws IOException {
        Job small = sample(job(WHOLE.replace("epochs: 5", "steps: 0").replace("epochs: 2", "steps: 0")))
                .job();
        assertEquals(OptionalInt.of(0), small.train().orElseThrow().steps());
    }

    private Sample sample(Job whole) throws IOException {
        return Sample.of(
                whole,
                folder.resolve("job.yaml"),
                Optional.of(Path.of("/models/base")),
                sites,
                folder.resolve("small"));
    }

    private static Job job(String text) {
        return JobFile.parse(text, "job.yaml");
    }

    private long lines(String site, String dataset) throws IOException {
        try (var lines = Files.lines(folder.resolve("small").resolve(site).resolve(dataset + ".jsonl"))) {
            return lines.count();
        }
    }
}
