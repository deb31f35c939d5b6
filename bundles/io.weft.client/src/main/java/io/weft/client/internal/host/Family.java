package io.weft.client.internal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The processes of one program, also those whose parent is gone: each has the environment of who started it, where the program's token
 * is. Found where there is {@code /proc}; elsewhere they are known while their parents live.
 */
final class Family {

    private static final Path PROCESSES = Path.of("/proc");

    private Family() {}

    /** All processes of this user that have the text in their environment. */
    static List<ProcessHandle> with(String token) {
        if (!Files.isDirectory(PROCESSES)) {
            return List.of();
        }
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process.pid()).contains(token))
                .toList();
    }

    private static String environment(long process) {
        try {
            return Files.readString(
                    PROCESSES.resolve(Long.toString(process)).resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it ended, or is somebody else's
        }
    }
}
