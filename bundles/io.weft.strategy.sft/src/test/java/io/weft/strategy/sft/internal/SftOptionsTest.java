package io.weft.strategy.sft.internal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.job.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SftOptionsTest {

    @Test
    void areExplainedInTheReferenceOfTheJobFile() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("basedir", "."), "../../docs/job-file.md"));
        String table = "<!-- options: sft -->\n" + Reference.options(SftOptions.class) + "<!-- end -->\n";

        assertTrue(page.contains(table), "docs/job-file.md should hold:\n" + table);
    }
}
