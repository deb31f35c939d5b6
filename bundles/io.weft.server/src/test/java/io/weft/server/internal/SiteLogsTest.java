package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteLogsTest {

    @TempDir
    Path folder;

    @Test
    void aSitesLinesGoIntoItsLog() throws IOException {
        SiteLogs logs = new SiteLogs(new JobFolder(folder));
        logs.append("north", List.of("epoch 1", "epoch 2"));
        logs.append("south", List.of("ü"));
        logs.append("north", List.of("epoch 3"));

        assertEquals("epoch 1\nepoch 2\nepoch 3\n", Files.readString(folder.resolve("logs/north.log")));
        assertEquals("ü\n", Files.readString(folder.resolve("logs/south.log")));
    }

    @Test
    void aLogThatCannotBeWrittenStopsNothing() throws IOException {
        Files.writeString(folder.resolve("logs"), "in the way");

        new SiteLogs(new JobFolder(folder)).append("north", List.of("epoch 1"));

        assertEquals("in the way", Files.readString(folder.resolve("logs")));
    }
}
