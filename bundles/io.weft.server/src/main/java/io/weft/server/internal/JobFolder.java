package io.weft.server.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.weft.tensor.Durable;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where everything of a job lies. */
final class JobFolder {

    /** The version of {@code state.json}'s fields. */
    static final int STATE_VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    JobFolder(Path folder) {
        this.folder = folder;
    }

    Path job() {
        return folder.resolve("job.yaml");
    }

    Path state() {
        return folder.resolve("state.json");
    }

    Path events() {
        return folder.resolve("events.jsonl");
    }

    Path metrics() {
        return folder.resolve("metrics.jsonl");
    }

    /** What programs of the job wrote at a site. */
    Path log(String site) {
        return folder.resolve("logs").resolve(site + ".log");
    }

    Path summary() {
        return folder.resolve("summary.json");
    }

    Path result() {
        return folder.resolve("result");
    }

    /** What plugins of the server keep from round to round. */
    Path pluginState() {
        return folder.resolve("state");
    }

    /** What a tracker keeps in files. */
    Path tracking(String tracker) {
        return folder.resolve("tracking").resolve(tracker);
    }

    /** The global model that a round left; round 0 left the first. */
    Path global(int round) {
        return round(round).resolve("global.safetensors");
    }

    /** The manifest that all sites agreed upon. */
    Path manifest() {
        return round(0).resolve("manifest.json");
    }

    /** What of the result is never exchanged. */
    Path frozen() {
        return round(0).resolve("frozen.safetensors");
    }

    Path companions() {
        return round(0).resolve("companions");
    }

    /** Where the updates of a round lie. */
    Path updates(int round) {
        return round(round).resolve("updates");
    }

    /** The tensors of an update as they arrived. */
    Path update(int round, String site) {
        return updates(round).resolve(site + ".safetensors");
    }

    /** A coded model on its way to sites; swept with what is half written. */
    Path outgoing(int round, int number) {
        return round(round).resolve(".outgoing-" + number + ".partial");
    }

    /** What else belongs to an update. */
    Path updateFacts(int round, String site) {
        return updates(round).resolve(site + ".json");
    }

    Path roundMetrics(int round) {
        return round(round).resolve("metrics.json");
    }

    /** The folder of all rounds. */
    Path rounds() {
        return folder.resolve("rounds");
    }

    private Path round(int round) {
        return rounds().resolve(Integer.toString(round));
    }

    /** What a file is called on record: its path in this folder, with {@code /}. */
    String name(Path file) {
        return folder.relativize(file).toString().replace('\\', '/');
    }

    /** The file of that name. */
    Path named(String name) {
        return CompanionPaths.inside(folder, name);
    }

    /** Writes a JSON file, whole or not at all. */
    static void write(Path file, Object value) throws IOException {
        String text = JSON.writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(value) + "\n";
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw FileProblem.writing(file, bytes.length, e);
        }
        Durable.write(file, bytes);
    }

    /** Reads a JSON object. */
    static Map<?, ?> read(Path file) throws IOException {
        return JSON.readValue(Files.readAllBytes(file), Map.class);
    }

    /** Reads a value of a kind. */
    static <T> T read(Path file, Class<T> kind) throws IOException {
        return JSON.readValue(Files.readAllBytes(file), kind);
    }

    /** A value as it would be read again. */
    static Map<?, ?> plain(Object value) {
        return JSON.convertValue(value, Map.class);
    }

    /** A value as one line of JSON. */
    static String line(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
