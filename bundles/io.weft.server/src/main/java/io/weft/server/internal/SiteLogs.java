package io.weft.server.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What programs of a job wrote at its sites: a file a site. */
final class SiteLogs {

    private static final Logger LOG = LoggerFactory.getLogger(SiteLogs.class);

    private final JobFolder folder;
    private final Set<String> broken = new HashSet<>();

    SiteLogs(JobFolder folder) {
        this.folder = folder;
    }

    /** Adds lines; a log that cannot be written is told of once. */
    void append(String site, List<String> lines) {
        Path log = folder.log(site);
        try {
            Files.createDirectories(log.getParent());
            Files.write(log, lines, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            if (broken.add(site)) {
                LOG.warn("{} is not complete", log, e);
            }
        }
    }
}
