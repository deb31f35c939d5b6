package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.distribution.tests.process.Workbench.Outcome;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code ./weft} of a source tree, with a Maven that writes down that it was asked and makes a workbench of one script. */
class SourceTreeTest {

    private static final long LIMIT_SECONDS = 120;

    /** Says where it runs and with which words, one a line, and ends with a code of its own. */
    private static final String WORKBENCH = """
            #!/bin/sh
            pwd
            printf '%s\\n' "$@"
            exit 7
            """;

    private static final String MAVEN = """
            #!/bin/sh
            echo "$@" >>'%1$s/asked'
            [ ! -e '%1$s/broken' ] || { echo '[ERROR] it does not compile'; exit 1; }
            mkdir -p '%2$s/.weft/workbench/bin'
            cp '%1$s/workbench' '%2$s/.weft/workbench/bin/weft'
            """;

    @TempDir
    Path work;

    private Path tree;
    private Path bin;
    private Path command;
    private Path source;
    private Instant time = Instant.now();

    @BeforeEach
    void lay() throws IOException {
        work = work.toRealPath();
        tree = work.resolve("a source tree");
        bin = Files.createDirectory(work.resolve("bin"));
        source = tree.resolve("bundles/one/src/main/java/One.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "class One {}");
        Files.createDirectories(tree.resolve("bundles/one/target/classes"));
        Files.writeString(tree.resolve("pom.xml"), "<project/>");
        command = tree.resolve("weft");
        Files.copy(Path.of(System.getProperty("weft.source"), "weft"), command);
        program(bin.resolve("mvn"), MAVEN.formatted(bin, tree));
        program(bin.resolve("workbench"), WORKBENCH);
        FileTime past = FileTime.from(time.minus(Duration.ofHours(1)));
        try (var all = Files.walk(tree)) {
            for (Path one : all.toList()) {
                Files.setLastModifiedTime(one, past);
            }
        }
    }

    @Test
    void buildsWhatIsMissingAndPassesWordsFolderAndExitCodeOn() throws Exception {
        Path elsewhere = Files.createDirectory(work.resolve("else where"));

        Outcome outcome = run(command, elsewhere, "simulate", "my job.yaml", "");

        assertEquals(7, outcome.exit(), outcome.err());
        assertEquals(List.of(elsewhere.toString(), "simulate", "my job.yaml", ""), outcome.lines());
        assertEquals(
                "weft: building the workbench (a few minutes the first time); the log is " + tree
                        + "/.weft/build.log\n",
                outcome.err());
        assertEquals(1, builds());
    }

    @Test
    void buildsNothingThatIsThereAndNoOlderThanTheSources() throws Exception {
        run(command, work);

        Outcome again = run(command, work);

        assertEquals("", again.err());
        Files.writeString(tree.resolve("bundles/one/target/classes/One.class"), "");
        later(tree.resolve("bundles/one/target/classes/One.class"));
        later(tree.resolve("bundles/one/target/classes"));
        later(tree.resolve("bundles/one"));
        run(command, work);
        assertEquals(1, builds());
    }

    @Test
    void buildsAgainWhenASourceIsNewerOrGoneOrAnotherJdkMadeIt() throws Exception {
        run(command, work);
        later(source);
        run(command, work);
        assertEquals(2, builds());
        later(tree.resolve(".weft/stamp"));

        Files.delete(source);
        later(source.getParent());
        run(command, work);
        assertEquals(3, builds());
        later(tree.resolve(".weft/stamp"));

        Files.writeString(tree.resolve(".weft/stamp"), "another JDK\n");
        run(command, work);
        assertEquals(4, builds());
    }

    @Test
    void runsThroughLinksAndWritesNothingBesideThem() throws Exception {
        Path links = Files.createDirectory(work.resolve("links"));
        Files.createSymbolicLink(links.resolve("weft"), command);
        Path second = Files.createSymbolicLink(links.resolve("again"), Path.of("weft"));

        Outcome outcome = run(second, links, "help");

        assertEquals(7, outcome.exit(), outcome.err());
        assertEquals(List.of(links.toString(), "help"), outcome.lines());
        assertFalse(Files.exists(links.resolve(".weft")));
    }

    @Test
    void aBuildThatFailsIsToldAndTriedAgain() throws Exception {
        Files.createFile(bin.resolve("broken"));

        Outcome failed = run(command, work, "help");

        assertEquals(2, failed.exit());
        assertTrue(failed.err().contains("[ERROR] it does not compile\n"), failed.err());
        assertTrue(failed.err().endsWith("weft: the build failed; see " + tree + "/.weft/build.log\n"), failed.err());
        assertEquals("", failed.out());
        Files.delete(bin.resolve("broken"));
        assertEquals(7, run(command, work, "help").exit());
    }

    private int builds() throws IOException {
        return Files.readAllLines(bin.resolve("asked")).size();
    }

    /** As if it had been changed after all else. */
    private void later(Path path) throws IOException {
        time = time.plus(Duration.ofHours(1));
        Files.setLastModifiedTime(path, FileTime.from(time));
    }

    private static void program(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Outcome run(Path called, Path from, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(called.toString()));
        line.addAll(List.of(words));
        Path out = work.resolve("out");
        Path err = work.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(from.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("PATH", bin + File.pathSeparator + System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it does not end");
        return new Outcome(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
