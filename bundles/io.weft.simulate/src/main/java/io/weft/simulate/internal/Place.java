package io.weft.simulate.internal;

import io.weft.api.plugin.Refusal;
import io.weft.simulate.SimulationRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run lies.
 *
 * @param id the job's name and the time; it enters neither tensors nor seeds
 * @param folder the run's folder
 * @param link the job's place in the home: the folder itself, or what links to it
 * @param work for what sites keep while the job runs
 */
record Place(String id, Path folder, Path link, Path work) {

    private static final Logger LOG = LoggerFactory.getLogger(Place.class);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private static final int LONGEST_NAME = 60;

    /** Chooses a free id, and refuses a folder that holds anything. */
    static Place of(SimulationRequest request, Clock clock) throws IOException {
        Path data = request.home().toAbsolutePath().normalize().resolve("data");
        String name = request.job().name().replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[^A-Za-z0-9]+", "");
        String wanted = (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name)
                + (name.isEmpty() ? "" : "-")
                + TIME.format(clock.instant());
        String id = wanted;
        for (int again = 2; taken(data, id); again++) {
            id = wanted + "-" + again;
        }
        Path link = data.resolve("jobs").resolve(id);
        Path folder = request.out().map(out -> out.toAbsolutePath().normalize()).orElse(link);
        refuseUnlessEmpty(folder);
        return new Place(id, folder, link, data.resolve("sites").resolve(id));
    }

    private static boolean taken(Path data, String id) {
        return Files.exists(data.resolve("jobs").resolve(id), LinkOption.NOFOLLOW_LINKS)
                || Files.exists(data.resolve("sites").resolve(id), LinkOption.NOFOLLOW_LINKS);
    }

    private static void refuseUnlessEmpty(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new Refusal(folder + " is a file; --out names a folder that is empty or does not exist yet");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new Refusal(folder + " is not empty; --out names a folder that is empty or does not exist yet");
            }
        }
    }

    /** Makes the job findable by its id, where the file system has links. */
    void linkFromHome() {
        if (link.equals(folder)) {
            return;
        }
        try {
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, folder);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("{} does not link to {}: {}", link, folder, e.toString());
        }
    }
}
