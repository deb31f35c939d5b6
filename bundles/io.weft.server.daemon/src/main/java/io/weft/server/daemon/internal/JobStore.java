package io.weft.server.daemon.internal;

import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The folder in which a server's jobs lie, one folder a job; each comes and goes as a whole, also when the server is killed meanwhile. */
final class JobStore {

    private static final String FILES = "files";
    private static final String JOB_FILE = "job.yaml";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Path folder;
    private final Clock clock;
    private final Changes changes;

    /** @param changes are told whenever one of the jobs is not as it was */
    JobStore(Path folder, Clock clock, Changes changes) throws IOException {
        this.folder = folder;
        this.clock = clock;
        this.changes = changes;
        Files.createDirectories(folder);
    }

    /** All jobs, in the order in which they came; what was being handed in, or deleted, when the server was killed, is removed. */
    List<QueuedJob> read() throws IOException {
        List<Path> folders;
        try (Stream<Path> entries = Files.list(folder)) {
            folders = entries.filter(Files::isDirectory).toList();
        }
        List<QueuedJob> found = new ArrayList<>();
        for (Path place : folders) {
            if (place.getFileName().toString().startsWith(".")) {
                Folders.delete(place);
            } else if (Files.exists(place.resolve(Submission.FILE))) {
                Submission submission = Submission.read(place);
                Job job = JobFile.parse(Files.readString(place.resolve(JOB_FILE)), submission.jobFileName());
                found.add(queued(place, submission, job));
            }
        }
        found.sort(Comparator.comparing((QueuedJob job) -> job.submission().submitted())
                .thenComparing(QueuedJob::id));
        return found;
    }

    private QueuedJob queued(Path place, Submission submission, Job job) {
        return new QueuedJob(place, submission, job, clock, changes::happened);
    }

    /** A folder in which something that is handed in is gathered; {@link #put} makes it a job. */
    Path gather() throws IOException {
        Path partial = Durable.beside(folder.resolve("job"));
        Files.createDirectories(files(partial));
        return partial;
    }

    /** Where files that travel with a job are gathered. */
    static Path files(Path gathered) {
        return gathered.resolve(FILES);
    }

    /** The files that travel with a job, by the names it calls them. */
    static Map<String, Path> carried(QueuedJob job) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        Path carried = files(job.folder());
        if (Files.isDirectory(carried)) {
            try (Stream<Path> entries = Files.walk(carried)) {
                for (Path file : entries.filter(Files::isRegularFile).toList()) {
                    files.put(carried.relativize(file).toString().replace('\\', '/'), file);
                }
            }
        }
        return files;
    }

    /** Makes what was gathered a job with an id of its own, which is on disk when this returns. */
    QueuedJob put(Path gathered, Job job, Submission draft) throws IOException {
        String id = freeId(job.name());
        Submission submission = new Submission(
                id,
                draft.token(),
                draft.jobFileName(),
                draft.model(),
                draft.submitter(),
                clock.instant().toString(),
                Optional.empty());
        submission.write(gathered);
        Durable.write(gathered.resolve(JOB_FILE), job.text().getBytes(StandardCharsets.UTF_8));
        Path place = folder.resolve(id);
        Durable.rename(gathered, place);
        return queued(place, submission, job);
    }

    private String freeId(String jobName) {
        String wanted = jobName + "-" + TIME.format(clock.instant());
        String id = wanted;
        for (int again = 2; Files.exists(folder.resolve(id)); again++) {
            id = wanted + "-" + again;
        }
        return id;
    }

    /** Removes a job with all that it has on disk: first under a name that the next start removes, should this one not come to its end. */
    static void delete(QueuedJob job) throws IOException {
        Path gone = Durable.beside(job.folder());
        Durable.rename(job.folder(), gone);
        Folders.delete(gone);
    }
}
