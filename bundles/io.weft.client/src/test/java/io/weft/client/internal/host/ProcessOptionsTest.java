package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.job.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProcessOptionsTest {

    @Test
    void areExplainedInTheReferenceOfTheJobFile() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("basedir", "."), "../../docs/job-file.md"));
        String table = "<!-- options: process -->\n" + Reference.options(ProcessOptions.class) + "<!-- end -->\n";

        assertTrue(page.contains(table), "docs/job-file.md should hold:\n" + table);
    }
}
