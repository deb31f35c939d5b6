package io.weft.site;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.exchange.Message;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A task whose update waits for the server, on record in the job's folder: a site that is started anew meanwhile offers that update
 * again instead of training once more. Nothing of it waits for the disk, so after a crash of the machine it may be spoiled; checksums
 * tell.
 *
 * @param jobFile the SHA-256 of the job file and of the filters that the site added
 * @param parts the files that the update lies in
 */
record FinishedTask(String jobFile, Message.RunTask asked, Message.TaskDone done, List<Part> parts) {

    /** The record's name in the job's folder. */
    private static final String FILE = "finished.json";

    private static final int PIECE = 256 << 10;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A file in the job's folder. */
    record Part(String name, long bytes, long crc32c) {

        static Part of(Path file) throws IOException {
            CRC32C sum = new CRC32C();
            try (FileChannel channel = FileChannel.open(file)) {
                ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
                while (channel.read(piece) >= 0) {
                    sum.update(piece.flip());
                    piece.clear();
                }
                return new Part(file.getFileName().toString(), channel.size(), sum.getValue());
            }
        }

        private boolean isWhole(Path folder) throws IOException {
            Path file = folder.resolve(name);
            return Files.isRegularFile(file) && Files.size(file) == bytes && of(file).equals(this);
        }
    }

    FinishedTask {
        parts = List.copyOf(parts);
    }

    /** Puts a task on record, in the place of the one that is there. */
    static FinishedTask record(
            Path folder, String jobFile, Message.RunTask asked, Message.TaskDone done, List<Path> files)
            throws IOException {
        List<Part> parts = new ArrayList<>();
        for (Path file : files) {
            parts.add(Part.of(file));
        }
        FinishedTask finished = new FinishedTask(jobFile, asked, done, parts);
        Path partial = Durable.beside(folder.resolve(FILE));
        try {
            Files.write(partial, JSON.writeValueAsBytes(finished));
            Files.move(partial, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(partial);
        }
        return finished;
    }

    /** The task on record, if there is one of that job file and its update is as it was. */
    static Optional<FinishedTask> read(Path folder, String jobFile) throws IOException {
        Path record = folder.resolve(FILE);
        if (!Files.isRegularFile(record)) {
            return Optional.empty();
        }
        FinishedTask finished;
        try {
            finished = JSON.readValue(Files.readAllBytes(record), FinishedTask.class);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        boolean whole = finished.jobFile.equals(jobFile);
        for (Part part : finished.parts) {
            whole = whole && part.isWhole(folder);
        }
        return whole ? Optional.of(finished) : Optional.empty();
    }

    /** Takes what is on record from it. */
    static void forget(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(FILE));
    }

    /** Whether a file of the job's folder belongs to it. */
    boolean holds(Path folder, Path file) {
        return file.equals(folder.resolve(FILE))
                || parts.stream().anyMatch(part -> file.equals(folder.resolve(part.name())));
    }

    /** Whether a site is asked for the very same; a model that was coded once more took another time. */
    boolean answers(Message.RunTask again) {
        return again.job().equals(asked.job())
                && again.round() == asked.round()
                && again.rounds() == asked.rounds()
                && again.kind().equals(asked.kind())
                && again.properties().equals(asked.properties())
                && again.model().equals(asked.model())
                && again.coded().quantizer().equals(asked.coded().quantizer());
    }
}
