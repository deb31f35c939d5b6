package io.weft.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.Digests;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that a site has from a server: {@code data/models/<digest>/} in its home, each whole or not there, and beside it in {@code
 * <digest>.json} where it came from.
 */
public final class SharedModels {

    private static final String DIGEST = "[0-9a-f]{64}";
    private static final String NOTE = ".json";
    private static final String PARTIAL = ".partial";

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Logger LOG = LoggerFactory.getLogger(SharedModels.class);

    private final Path folder;

    private SharedModels(Path folder) {
        this.folder = folder;
    }

    /** Those of a home. */
    public static SharedModels of(Path home) {
        return new SharedModels(
                home.toAbsolutePath().normalize().resolve("data").resolve("models"));
    }

    /**
     * A model that came from a server.
     *
     * @param name what the job called it with which it came
     * @param digest its content hash
     * @param folder where it lies; of a model that is one file, that
     * @param job with which it came
     * @param submitter of that job
     * @param received when, as an ISO-8601 instant
     */
    public record SharedModel(String name, String digest, Path folder, String job, String submitter, String received) {}

    /** What is written down of a model. */
    private record Note(String name, String file, String job, String submitter, String received) {}

    /** The folder, or the one file, of a model; empty when it is not here. */
    public Optional<Path> find(String digest) throws IOException {
        return read(digest).map(SharedModel::folder);
    }

    /** All that are here, by name. */
    public List<SharedModel> all() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<String> digests;
        try (Stream<Path> entries = Files.list(folder)) {
            digests = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.matches(DIGEST))
                    .toList();
        }
        List<SharedModel> found = new ArrayList<>();
        for (String digest : digests) {
            read(digest).ifPresent(found::add);
        }
        found.sort(Comparator.comparing(SharedModel::name).thenComparing(SharedModel::digest));
        return found;
    }

    private Optional<SharedModel> read(String digest) throws IOException {
        Path place = place(digest);
        Path note = folder.resolve(digest + NOTE);
        if (!Files.isDirectory(place) || !Files.exists(note)) {
            return Optional.empty();
        }
        try {
            Note written = JSON.readValue(Files.readAllBytes(note), Note.class);
            return Optional.of(new SharedModel(
                    written.name(),
                    digest,
                    written.file().isEmpty() ? place : place.resolve(written.file()),
                    written.job(),
                    written.submitter(),
                    written.received()));
        } catch (JsonProcessingException e) {
            LOG.warn("{} does not say where the model came from; remove the folder beside it", note, e);
            return Optional.empty();
        }
    }

    private Path place(String digest) {
        if (!digest.matches(DIGEST)) {
            throw new Refusal("'" + digest + "' is no content hash of a model");
        }
        return folder.resolve(digest);
    }

    /** Where the files of a model are gathered; what an earlier attempt left there is kept. */
    public Path gather(String digest) throws IOException {
        Path partial = folder.resolve("." + place(digest).getFileName() + PARTIAL);
        Files.createDirectories(partial);
        return partial;
    }

    /**
     * Takes in what was gathered, when it is the model.
     *
     * @param file the name of the one file that the model is; empty for a folder
     * @return its folder or file
     * @throws Refusal when the content is another; nothing of it is kept
     */
    public Path keep(String digest, Optional<String> file, String name, String job, String submitter, Instant received)
            throws IOException {
        Path gathered = gather(digest);
        if (file.isEmpty()) {
            removeWhatIsNotHashed(gathered);
        }
        String found = file.isPresent() ? Digests.of(gathered.resolve(file.get())) : Digests.base(gathered);
        if (!found.equals(digest)) {
            discard(digest);
            throw new Refusal("what came as the base '" + name + "' has the digest " + found + ", and " + digest
                    + " was promised; the server's copy changed meanwhile, hand the job in again");
        }
        try (Stream<Path> files = Files.list(gathered)) {
            for (Path one : files.toList()) {
                try (FileChannel channel = FileChannel.open(one, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }
        Durable.syncFolder(gathered);
        Durable.write(
                folder.resolve(digest + NOTE),
                JSON.writer()
                        .with(SerializationFeature.INDENT_OUTPUT)
                        .writeValueAsBytes(new Note(name, file.orElse(""), job, submitter, received.toString())));
        Path place = place(digest);
        if (Files.isDirectory(place)) {
            discard(digest);
        } else {
            Durable.rename(gathered, place);
        }
        return file.map(place::resolve).orElse(place);
    }

    /** What the content hash is not of, anybody could have sent. */
    private static void removeWhatIsNotHashed(Path gathered) throws IOException {
        Set<String> hashed = Digests.baseFiles(gathered).keySet();
        try (Stream<Path> files = Files.list(gathered)) {
            for (Path one : files.toList()) {
                if (!hashed.contains(one.getFileName().toString())) {
                    Files.delete(one);
                }
            }
        }
    }

    /** Removes what was gathered of a model. */
    public void discard(String digest) throws IOException {
        Path gathered = gather(digest);
        try (Stream<Path> files = Files.walk(gathered)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
