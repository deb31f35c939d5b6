package io.weft.simulate.internal;

import io.weft.api.plugin.Refusal;
import io.weft.simulate.SimulationRequest;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run lies.
 *
 * @param id the job's name and the time; it enters neither tensors nor seeds
 * @param folder the run's folder
 * @param link the job's place in the home: the folder itself, or what links to it
 * @param work for what sites keep until the job is finished
 */
record Place(String id, Path folder, Path link, Path work) {

    private static final Logger LOG = LoggerFactory.getLogger(Place.class);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private static final int LONGEST_NAME = 60;

    /** Chooses an id that nobody has, and makes it this run's by making its work folder. */
    static Place of(SimulationRequest request, Clock clock) throws IOException {
        Path data = data(request.home());
        String name = request.job().name().replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[^A-Za-z0-9]+", "");
        String wanted = (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name)
                + (name.isEmpty() ? "" : "-")
                + TIME.format(clock.instant());
        String id = wanted;
        for (int again = 2; !reserved(data, id); again++) {
            id = wanted + "-" + again;
        }
        Path link = jobs(request.home()).resolve(id);
        Path folder = request.out().map(out -> out.toAbsolutePath().normalize()).orElse(link);
        return new Place(id, folder, link, work(data, id));
    }

    /** Where a run lay when it began. */
    static Place of(String id, Path folder, Origin origin) {
        return new Place(id, folder, jobs(origin.request().home()).resolve(id), origin.work());
    }

    /** The folder of a home's jobs, by id. */
    static Path jobs(Path home) {
        return data(home).resolve("jobs");
    }

    private static Path data(Path home) {
        return home.toAbsolutePath().normalize().resolve("data");
    }

    private static Path work(Path data, String id) {
        return data.resolve("sites").resolve(id);
    }

    private static boolean reserved(Path data, String id) throws IOException {
        if (Files.exists(data.resolve("jobs").resolve(id), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Path work = work(data, id);
        try {
            Files.createDirectories(work.getParent());
            Files.createDirectory(work);
            Orphans.made(work);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            throw new Refusal(
                    "the home's folder " + work.getParent() + " cannot be written (" + FileProblem.words(e)
                            + "); give another home with --home DIR",
                    e);
        }
    }

    /** Makes the job findable by its id, where the file system has links. */
    void linkFromHome() {
        if (link.equals(folder) || Files.exists(link)) {
            return;
        }
        try {
            Files.createDirectories(link.getParent());
            Files.deleteIfExists(link); // one that leads nowhere: the folder was moved
            Files.createSymbolicLink(link, folder);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("{} does not link to {}: {}", link, folder, e.toString());
        }
    }
}
