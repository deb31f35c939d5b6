package io.weft.site;

import io.weft.exchange.Message;
import io.weft.job.Section;
import io.weft.tensor.Digests;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a job has on a site's disk: plugins' states, a file a round, and the update that waits for the server, which outlive the process
 * because a job that is resumed goes on from them; and all else, which does not, because a task that was cut short is done again.
 */
final class SiteFolder {

    private static final Logger LOG = LoggerFactory.getLogger(SiteFolder.class);

    private final Path folder;
    private final String asked;
    private Optional<FinishedTask> finished;

    private SiteFolder(Path folder, String asked) throws IOException {
        this.folder = folder;
        this.asked = asked;
        this.finished = FinishedTask.read(folder, asked);
    }

    /**
     * Makes the folder, or keeps of the one that is there what is whole.
     *
     * @param jobFile its text
     * @param applied the filters that the site adds; an update that passed others does not stay
     */
    static SiteFolder open(Path folder, String jobFile, List<Section> applied) throws IOException {
        Files.createDirectories(folder);
        String filters = applied.stream().map(Section::text).collect(Collectors.joining("\n"));
        SiteFolder opened = new SiteFolder(folder, Digests.of((jobFile + filters).getBytes(StandardCharsets.UTF_8)));
        opened.clear();
        return opened;
    }

    private void clear() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                boolean stays = file.startsWith(states())
                        || finished.filter(task -> task.holds(folder, file)).isPresent();
                if (!stays || file.getFileName().toString().endsWith(".partial")) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The task whose update waits for the server. */
    Optional<FinishedTask> finished() {
        return finished;
    }

    /** Lets an update outlive the process, if it can; without that its task would be done again. */
    void finish(Message.RunTask task, Message.TaskDone done, List<Path> files) {
        try {
            finished = Optional.of(FinishedTask.record(folder, asked, task, done, files));
        } catch (IOException e) {
            LOG.warn("what came of round {} does not outlive this process: {}", task.round(), FileProblem.words(e));
        }
    }

    /** No update waits any more. */
    void forget() throws IOException {
        finished = Optional.empty();
        FinishedTask.forget(folder);
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
