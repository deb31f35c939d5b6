package io.weft.client.internal.host;

import io.weft.client.internal.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** A file that tells a program which somebody else starts how to join: readable for this user alone, and there while it may. */
final class Attachment {

    private final Path file;

    Attachment(Path file) {
        this.file = file.toAbsolutePath();
    }

    /** What the program must find in its environment. */
    @Override
    public String toString() {
        return "WEFT_ATTACH=" + file;
    }

    /**
     * @param control how the site is reached
     */
    void write(Map<String, String> control) throws IOException {
        Files.createDirectories(file.getParent());
        // Files that are made as temporary ones are for this user alone.
        Path partial = Files.createTempFile(file.getParent(), "attach", ".partial");
        Files.writeString(
                partial,
                Json.line(Map.of(
                                "control", control.get("WEFT_CONTROL"),
                                "token", control.get("WEFT_TOKEN"),
                                "welcome", control.get("WEFT_WELCOME")))
                        + "\n",
                StandardCharsets.UTF_8);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    void remove() throws IOException {
        Files.deleteIfExists(file);
    }
}
