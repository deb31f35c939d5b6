package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Timeout(300)
class FamilyTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void findsAProcessWhoseParentIsGone() throws IOException, InterruptedException {
        String token = UUID.randomUUID().toString();
        // The shell ends at once and leaves behind what it started, whose number it tells.
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", "sleep 1000 > /dev/null & echo $!");
        shell.environment().put("WEFT_TOKEN", token);
        Process parent = shell.start();
        long orphan;
        try (var printed = parent.inputReader()) {
            orphan = Long.parseLong(printed.readLine());
        }
        parent.waitFor();
        List<ProcessHandle> found = Family.with(token);
        try {
            assertEquals(List.of(orphan), found.stream().map(ProcessHandle::pid).toList());
        } finally {
            found.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
