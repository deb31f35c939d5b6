package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of a job that is over, as {@code weft fetch} brings them. */
final class Results {

    private static final String RESULT = "result";
    private static final List<String> FILES =
            List.of("summary.json", "metrics.jsonl", "events.jsonl", "job.yaml", JobLog.FILE);

    private Results() {}

    /**
     * By their paths in the job's folder, with {@code /}.
     *
     * @throws Refusal when the job is not over
     */
    static SortedMap<String, Path> of(QueuedJob job) throws IOException {
        if (!job.hasEnded()) {
            throw new Refusal("job " + job.id() + " is " + job.line().state()
                    + "; fetch it when it is over: weft watch " + job.id());
        }
        SortedMap<String, Path> files = new TreeMap<>();
        for (String name : FILES) {
            Path file = job.folder().resolve(name);
            if (Files.isRegularFile(file)) {
                files.put(name, file);
            }
        }
        Path result = job.folder().resolve(RESULT);
        if (Files.isDirectory(result)) {
            try (Stream<Path> entries = Files.walk(result)) {
                for (Path file : entries.filter(Files::isRegularFile).toList()) {
                    files.put(RESULT + "/" + result.relativize(file).toString().replace('\\', '/'), file);
                }
            }
        }
        return files;
    }
}
