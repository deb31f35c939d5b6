package io.weft.launch;

import com.sun.management.OperatingSystemMXBean;
import io.weft.launch.Resident.Finding;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is found in a home before something starts there, one after the other, and the looks that whoever lives there needs. */
public final class HomeFindings {

    private static final long LITTLE_ROOM = 1_000_000_000;
    private static final long MEGABYTE = 1_000_000;

    private final Path home;
    private final List<Finding> findings = new ArrayList<>();

    /** None yet. */
    public HomeFindings(Path home) {
        this.home = home;
    }

    /** All, in the order in which they were found. */
    public List<Finding> all() {
        return List.copyOf(findings);
    }

    /** This will do. */
    public void fine(String subject, String words) {
        findings.add(new Finding(subject, true, words));
    }

    /**
     * This will not do.
     *
     * @param words what was found, and what to do
     */
    public void wrong(String subject, String words) {
        findings.add(new Finding(subject, false, words));
    }

    /**
     * Looks for room where everything is written.
     *
     * @param use what will take room there, such as {@code each round of a job takes its model}
     */
    public void disk(String use) throws IOException {
        Path data = Files.createDirectories(home.resolve("data"));
        long free = Files.getFileStore(data).getUsableSpace();
        boolean enough = free >= LITTLE_ROOM && Files.isWritable(data);
        String words = free / MEGABYTE + " MB are free for " + data;
        findings.add(new Finding("disk", enough, enough ? words : words + "; " + use + ", so make room"));
    }

    /**
     * Holds the machine's memory against what is needed.
     *
     * @param needed in bytes
     * @param use what takes it, in a sentence
     * @param otherwise what to do when there is less
     */
    public void memory(long needed, String use, String otherwise) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            long total = system.getTotalMemorySize();
            boolean enough = total >= needed;
            findings.add(new Finding(
                    "memory",
                    enough,
                    total / MEGABYTE + " MB in this machine; " + use + (enough ? "" : "; " + otherwise)));
        }
    }

    /** The process that lives in this home. */
    public Optional<ProcessHandle> resident() {
        try {
            return ProcessHandle.of(
                    Long.parseLong(Files.readString(home.resolve("data").resolve("resident.pid"))
                            .strip()));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty(); // Nobody lives there.
        }
    }
}
