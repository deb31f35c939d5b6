package io.weft.server.daemon.internal;

import io.weft.server.Figures;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code log.txt} in a job's folder: what happened in it, a line each, with the time and the site or {@code server}. */
final class JobLog {

    static final String FILE = "log.txt";

    private static final String SERVER = "server";

    private static final Pattern ENDS = Pattern.compile("^" + SERVER + ": ("
            + Stream.of(JobState.values())
                    .filter(JobState::ended)
                    .map(JobState::name)
                    .collect(Collectors.joining("|"))
            + ")\\b");

    private static final Logger LOG = LoggerFactory.getLogger(JobLog.class);

    private final Path file;
    private final Clock clock;

    JobLog(Path folder, Clock clock) {
        this.file = folder.resolve(FILE);
        this.clock = clock;
    }

    /** Writes what a person would want to find there. */
    void happened(JobEvent event) {
        if (event instanceof JobEvent.Started started) {
            add(SERVER, "begins with the sites " + String.join(", ", started.sites()));
        } else if (event instanceof JobEvent.Resumed resumed) {
            add(SERVER, "goes on after round " + resumed.round());
        } else if (event instanceof JobEvent.RoundStarted round) {
            add(SERVER, "round " + round.round() + " begins");
        } else if (event instanceof JobEvent.SiteDone done) {
            add(
                    done.site(),
                    "round " + done.round() + ": " + done.task() + " done in " + Figures.taken(done.seconds())
                            + Figures.metrics(done.outcome().metrics()));
        } else if (event instanceof JobEvent.Transferred moved) {
            add(
                    moved.site(),
                    "round " + moved.round() + ": " + Figures.bytes(moved.wireBytes())
                            + (moved.up() ? " sent" : " received") + " in " + Figures.taken(moved.seconds()));
        } else if (event instanceof JobEvent.RoundFinished end) {
            add(SERVER, "round " + end.round() + " is finished after " + Figures.taken(end.seconds()));
        } else if (event instanceof JobEvent.Noted note) {
            add(note.site().orElse(SERVER), note.message());
        } else if (event instanceof JobEvent.SiteFailed failed) {
            add(failed.site(), "round " + failed.round() + ": failed: " + failed.reason());
        } else if (event instanceof JobEvent.SiteLate late) {
            add(late.site(), "round " + late.round() + ": late: " + late.reason());
        } else if (event instanceof JobEvent.StateChanged change) {
            add(SERVER, change.state() + change.reason().map(why -> ": " + why).orElse(""));
        }
    }

    private synchronized void add(String who, String text) {
        String line = clock.instant().truncatedTo(ChronoUnit.MILLIS) + " " + who + ": "
                + text.replaceAll("\\s*\\R\\s*", " ") + "\n";
        try {
            Files.writeString(file, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    /**
     * The lines from a number on.
     *
     * @param site what concerns it alone: what it did, what the server says of it, and how the job ended; empty for all
     */
    List<String> lines(Optional<String> site, long from, int most) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.filter(line -> site.isEmpty() || concerns(line, site.get()))
                    .skip(from)
                    .limit(most)
                    .toList();
        }
    }

    /** Whether a line is of that site, which need not be of the project any more, or of the server. */
    boolean tellsOf(String site) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.anyMatch(line -> words(line).startsWith(site + ": "));
        }
    }

    private static String words(String line) {
        return line.substring(line.indexOf(' ') + 1);
    }

    private static boolean concerns(String line, String site) {
        String words = words(line);
        return words.startsWith(site + ": ")
                || (words.startsWith(SERVER + ": ")
                        && (words.contains("'" + site + "'")
                                || ENDS.matcher(words).find()));
    }
}
