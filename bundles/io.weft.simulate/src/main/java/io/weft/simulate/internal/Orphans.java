package io.weft.simulate.internal;

import io.weft.server.StoredJob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What processes left in a home that were killed before their run had begun, or while they measured for a plan: nobody goes on with
 * it. Each such folder names the process that made it, and a process that lives in a home has a folder in {@code data/run}.
 */
final class Orphans {

    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

    /** Beside what a run's sites keep: the process that made the folder. */
    private static final String MAKER = ".process";

    private final Path data;

    Orphans(Path home) {
        this.data = home.toAbsolutePath().normalize().resolve("data");
    }

    /** Says that this process made a folder. */
    static void made(Path folder) throws IOException {
        Files.writeString(folder.resolve(MAKER), Long.toString(process()), StandardCharsets.UTF_8);
    }

    private static long process() {
        return ProcessHandle.current().pid();
    }

    /** Removes them. That it cannot is no reason not to run. */
    void sweep() {
        try {
            for (Path work : folders(data.resolve("sites"))) {
                Path job = data.resolve("jobs").resolve(work.getFileName().toString());
                if (isDead(work) && !hasBegun(job)) {
                    new Work(job).close();
                    new Work(work).close();
                }
            }
            for (Path plan : folders(data.resolve("plans"))) {
                if (isDead(plan)) {
                    new Work(plan).close();
                }
            }
        } catch (IOException e) {
            LOG.warn("what killed processes left in {} was not swept: {}", data, e.toString());
        }
    }

    /** A link leads to a folder that its owner named; what became of that is the owner's to say. */
    private static boolean hasBegun(Path job) {
        return Files.isSymbolicLink(job) || (Files.exists(job, LinkOption.NOFOLLOW_LINKS) && StoredJob.isIn(job));
    }

    private boolean isDead(Path folder) throws IOException {
        Path maker = folder.resolve(MAKER);
        if (!Files.exists(maker)) {
            return false;
        }
        String process = Files.readString(maker, StandardCharsets.UTF_8).strip();
        if (process.equals(Long.toString(process()))) {
            return false;
        }
        return folders(data.resolve("run")).stream()
                .map(run -> run.getFileName().toString())
                .noneMatch(run -> run.equals(process) || run.startsWith(process + "-"));
    }

    private static List<Path> folders(Path parent) throws IOException {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
    }
}
