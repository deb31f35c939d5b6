package io.weft.server.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What sites sent is personal data: it is removed when its round's model is on record, but for the rounds that a job keeps. */
final class Retention {

    /** The event that a round's updates were removed. */
    static final String EVENT = "updates-removed";

    private final JobFolder folder;
    private final EventLog events;
    private final int kept;

    /**
     * @param kept of how many rounds, the last ones, updates are kept
     */
    Retention(JobFolder folder, EventLog events, int kept) {
        this.folder = folder;
        this.events = events;
        this.kept = kept;
    }

    /** The newest round whose updates go when that one is the last on record; 0 or less for none. */
    static int lastRemoved(int committed, int kept) {
        return committed - kept;
    }

    /** This round's model is on record, after those of all rounds before it. */
    void committed(int round) throws IOException {
        remove(lastRemoved(round, kept));
    }

    /** The rounds up to this one are on record, and the process may have ended before what goes was gone. */
    void resumed(int round) throws IOException {
        for (int number = 1; number <= lastRemoved(round, kept); number++) {
            remove(number);
        }
    }

    private void remove(int round) throws IOException {
        if (round < 1 || !Files.isDirectory(folder.updates(round))) {
            return;
        }
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder.updates(round))) {
            files = entries.sorted().toList();
        }
        events.tell(
                EVENT,
                Map.of("round", round, "files", files.stream().map(folder::name).toList()));
        Leftovers.delete(folder.updates(round));
    }
}
