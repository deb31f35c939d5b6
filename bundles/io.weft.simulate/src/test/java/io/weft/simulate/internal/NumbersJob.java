package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.job.JobFile;
import io.weft.server.JobEvent;
import io.weft.server.JobObserver;
import io.weft.server.JobRequest;
import io.weft.server.JobState;
import io.weft.site.ComputeSlots;
import io.weft.site.SiteSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A job of the sites {@code north} and {@code south}, for tests that run a server and sites themselves. */
final class NumbersJob implements JobObserver {

    static final Duration PATIENCE = Duration.ofMinutes(2);

    private final List<String> troubles = Collections.synchronizedList(new ArrayList<>());

    /** A site that has two numbers, with all of its files in a folder. */
    static SiteSetup site(String name, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path numbers = Files.write(folder.resolve("numbers.jsonl"), List.of("1", name.equals("north") ? "2" : "5"));
        SiteFiles files = new SiteFiles(Optional.empty(), Optional.empty(), new TreeMap<>(Map.of("numbers", numbers)));
        return new SiteSetup(
                name, folder.resolve("work"), files, new ComputeSlots(1), PATIENCE, folder.resolve("programs"));
    }

    /**
     * The job in a folder of its own.
     *
     * @param workflow the keys of the job file's workflow
     */
    static JobRequest request(String workflow, Path run, boolean resumes) {
        return request(workflow, run, List.of("north", "south"), resumes);
    }

    /** The same with other sites. */
    static JobRequest request(String workflow, Path run, List<String> sites, boolean resumes) {
        return new JobRequest(
                "numbers-1",
                JobFile.parse("""
                        name: numbers
                        workflow: {%s}
                        model: {backend: fake, base: base}
                        trainer: fake
                        data: {train: numbers}
                        """.formatted(workflow), "job.yaml"),
                "job.yaml",
                run,
                sites,
                new TreeMap<>(),
                resumes);
    }

    static void assertSameModels(Path expected, Path found) throws IOException {
        SortedMap<String, byte[]> wanted = Federation.bytes(expected);
        SortedMap<String, byte[]> got = Federation.bytes(found);
        assertEquals(wanted.keySet(), got.keySet());
        wanted.forEach((name, bytes) -> assertArrayEquals(bytes, got.get(name), name));
    }

    /** What went wrong: sites that failed or were late, and why the job waited. */
    List<String> troubles() {
        return troubles;
    }

    @Override
    public void happened(JobEvent event) {
        if (event instanceof JobEvent.SiteFailed || event instanceof JobEvent.SiteLate) {
            troubles.add(event.toString());
        }
        if (event instanceof JobEvent.StateChanged change && change.state() == JobState.WAITING) {
            troubles.add(change.reason().orElseThrow());
        }
    }
}
