package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** {@code weft simulate --json} while it runs: what it prints can be waited for. */
final class LiveRun implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path errors;
    private final Thread reader;
    private final LinkedBlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

    private LiveRun(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        this.reader = new Thread(this::read, "run-output");
    }

    /** Starts it; the process builder says what is run. */
    static LiveRun start(ProcessBuilder builder) throws IOException {
        Path errors = Files.createTempFile("weft", ".err");
        LiveRun run = new LiveRun(builder.redirectError(errors.toFile()).start(), errors);
        run.reader.start();
        return run;
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(Optional.of(line));
            }
        } catch (IOException e) {
            // The process was ended.
        }
        lines.add(Optional.empty());
    }

    long pid() {
        return process.pid();
    }

    /** Waits for the next event of that name; those before it are left behind. */
    JsonNode await(String event) throws IOException, InterruptedException {
        while (true) {
            Optional<String> line = lines.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (line == null || line.isEmpty()) {
                throw new AssertionError("no event '" + event + "' comes any more; " + Files.readString(errors));
            }
            JsonNode object = JSON.readTree(line.get());
            if (object.path("event").asText().equals(event)) {
                return object;
            }
        }
    }

    /** Lets so many events pass; gives the event that it ended, when that is among them. */
    Optional<JsonNode> skip(int events) throws IOException, InterruptedException {
        for (int passed = 0; passed < events; passed++) {
            Optional<String> line = lines.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (line == null || line.isEmpty()) {
                throw new AssertionError("no event comes any more; " + Files.readString(errors));
            }
            JsonNode object = JSON.readTree(line.get());
            if (object.path("event").asText().equals("ended")) {
                return Optional.of(object);
            }
        }
        return Optional.empty();
    }

    /** Whether it ends within that time. */
    boolean endsWithin(int milliseconds) throws InterruptedException {
        return process.waitFor(milliseconds, TimeUnit.MILLISECONDS);
    }

    /** Waits until the job is in that state. */
    JsonNode awaitState(String state) throws IOException, InterruptedException {
        JsonNode event = await("state");
        while (!event.path("state").asText().equals(state)) {
            event = await("state");
        }
        return event;
    }

    /** Waits for its end. */
    Workbench.Outcome end() throws IOException, InterruptedException {
        assertTrue(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), "the run does not end");
        return new Workbench.Outcome(process.exitValue(), "", Files.readString(errors));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.destroyForcibly().waitFor();
        reader.join();
        Files.delete(errors);
    }
}
