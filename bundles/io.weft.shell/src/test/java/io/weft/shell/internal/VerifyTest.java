package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.launch.Resident;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What there is to verify is told from what there is not. */
class VerifyTest {

    @TempDir
    Path home;

    private final Recording recording = new Recording();

    private int verify(List<Resident> residents, String job) throws InterruptedException {
        var command = new Verify(new OneFormat(), new AdminConnections(new OneFormat(), residents, home), home);
        return Session.run(recording.screen(), () -> command.run(List.of(job), recording.screen()));
    }

    @Test
    void aJobThatEndedBeforeItBeganHasNoRecord() throws Exception {
        Path fetched = Files.createDirectories(home.resolve("fetched"));
        Files.writeString(fetched.resolve("job.yaml"), "name: small\n");

        assertEquals(2, verify(List.of(), fetched.toString()));
        assertEquals(
                "weft: " + fetched
                        + " has no events.jsonl: the job ended before it began, so nothing is on record; log.txt"
                        + " there says why\n",
                recording.err());
    }

    @Test
    void aFolderOfOtherThingsIsNoJobs() throws Exception {
        assertEquals(2, verify(List.of(), home.toString()));
        assertTrue(recording.err().startsWith("weft: " + home + " has no events.jsonl, so it is no job's folder;"));
    }

    @Test
    void whereNothingOfThatNameIsNeitherAFolderNorAServerIsThere() throws Exception {
        assertEquals(2, verify(List.of(), "nope"));
        assertEquals(
                "weft: verify: there is no folder and no run 'nope' here; no server runs in the home " + home
                        + ", and there is no folder kit here or there; name your startup kit with --kit DIR\n",
                recording.err());
    }

    @Test
    void aServerIsOfferedToBeStartedWhereOneCanLive() throws Exception {
        assertEquals(2, verify(List.of(new NobodyYet()), "nope"));
        assertTrue(
                recording.err().endsWith("--kit DIR, or start the home's server: weft start --home DIR\n"),
                recording.err());
    }

    private static final class NobodyYet implements Resident {

        @Override
        public String kind() {
            return "server";
        }

        @Override
        public Residence open(Path home) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Finding> check(Path home) {
            return List.of();
        }
    }
}
