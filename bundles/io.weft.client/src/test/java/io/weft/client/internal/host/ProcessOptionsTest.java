package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.client.TrainingProgram;
import io.weft.job.Reference;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProcessOptionsTest {

    @Test
    void areExplainedInTheReferenceOfTheJobFile() throws IOException {
        assertExplained("process", ProcessOptions.class);
        assertExplained("in-process", TrainingProgram.Settings.class);
    }

    private static void assertExplained(String trainer, Class<? extends Annotation> options) throws IOException {
        String page = Files.readString(Path.of(System.getProperty("basedir", "."), "../../docs/job-file.md"));
        String table = "<!-- options: " + trainer + " -->\n" + Reference.options(options) + "<!-- end -->\n";

        assertTrue(page.contains(table), "docs/job-file.md should hold:\n" + table);
    }
}
