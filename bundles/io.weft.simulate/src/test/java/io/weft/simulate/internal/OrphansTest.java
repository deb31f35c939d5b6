package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphansTest {

    private static final String LIVING = "1000000001";
    private static final String DEAD = "1000000002";

    @TempDir
    Path home;

    @Test
    void whatKilledProcessesLeftIsRemovedAndNothingElse() throws IOException {
        Files.createDirectories(home.resolve("data/run/" + LIVING));
        made("sites/killed", DEAD);
        Files.writeString(made("jobs/killed").resolve(".lock"), "process: 1\n");
        made("sites/begins", LIVING);
        made("sites/somebodys");
        Path own = made("sites/own");
        Orphans.made(own);
        made("plans/.measured-1", DEAD);
        made("plans/.measured-2", LIVING);
        made("sites/elsewhere", DEAD);
        Files.createSymbolicLink(home.resolve("data/jobs/elsewhere"), home.resolve("nowhere"));

        new Orphans(home).sweep();

        assertEquals(List.of("begins", "elsewhere", "own", "somebodys"), names("sites"));
        assertEquals(List.of("elsewhere"), names("jobs"));
        assertEquals(List.of(".measured-2"), names("plans"));
    }

    @Test
    void aRunThatBeganIsLeftToBeResumed() throws Exception {
        new Federation(home, FakeTrainer.ofTwoTensors(DType.F32))
                .site("north", 1, 1)
                .run("run");
        Path jobs = home.resolve("home/data/jobs");
        Path link;
        try (Stream<Path> entries = Files.list(jobs)) {
            link = entries.findFirst().orElseThrow();
        }
        String id = link.getFileName().toString();
        Path run = link.toRealPath();
        Files.delete(link);
        Files.move(run, link);
        Path work = Files.createDirectories(home.resolve("home/data/sites").resolve(id));
        Files.writeString(work.resolve(".process"), DEAD);

        new Orphans(home.resolve("home")).sweep();

        assertTrue(Files.exists(work));
        assertTrue(Files.exists(link.resolve("events.jsonl")));
    }

    @Test
    void aHomeWithoutAnythingIsFine() {
        new Orphans(home.resolve("nowhere")).sweep();
    }

    private Path made(String folder) throws IOException {
        return Files.createDirectories(home.resolve("data").resolve(folder));
    }

    private void made(String folder, String process) throws IOException {
        Files.writeString(made(folder).resolve(".process"), process);
    }

    private List<String> names(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(home.resolve("data").resolve(folder))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
