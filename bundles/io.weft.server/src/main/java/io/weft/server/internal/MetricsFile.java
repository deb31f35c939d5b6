package io.weft.server.internal;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code metrics.jsonl}: one JSON object a line, with {@code round}, {@code site} (absent for the server) and {@code kind}. */
final class MetricsFile implements AutoCloseable {

    private final Writer out;

    MetricsFile(Path file) throws IOException {
        out = Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    synchronized void add(int round, Optional<String> site, String kind, Map<String, ?> values) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("round", round);
        site.ifPresent(name -> line.put("site", name));
        line.put("kind", kind);
        line.putAll(values);
        out.write(JobFolder.line(line) + "\n");
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
