package io.weft.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a job has on a site's disk: plugins' states, a file a round, which outlive the process because a job that is resumed goes on
 * from them; and received models and updates, which do not, because a task that was cut short is done again.
 */
final class SiteFolder {

    private static final Logger LOG = LoggerFactory.getLogger(SiteFolder.class);

    private final Path folder;

    private SiteFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder, or keeps of the one that is there the plugins' states that are whole. */
    static SiteFolder open(Path folder) throws IOException {
        Files.createDirectories(folder);
        SiteFolder opened = new SiteFolder(folder);
        opened.clear();
        return opened;
    }

    private void clear() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.startsWith(states()) || file.getFileName().toString().endsWith(".partial")) {
                    Files.delete(file);
                }
            }
        }
    }

    /** For plugins' states. */
    Path states() {
        return folder.resolve("state");
    }

    /** A file that a later sitting does not need. */
    Path scratch(String name) {
        return folder.resolve(name);
    }

    /** Removes all that a job left at this site. */
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        } catch (IOException e) {
            LOG.warn("{} could not be removed", folder, e);
        }
    }
}
