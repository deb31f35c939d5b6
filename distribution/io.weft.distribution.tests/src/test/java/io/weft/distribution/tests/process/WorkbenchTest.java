package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.distribution.tests.process.Workbench.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkbenchTest {

    @TempDir
    Path elsewhere;

    private static Workbench workbench;

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        workbench = Workbench.unpacked();
    }

    @Test
    void saysItsVersionAndNothingElse() throws Exception {
        Outcome outcome = workbench.run("version");

        assertEquals("", outcome.err());
        assertEquals(0, outcome.exit());
        assertTrue(outcome.out().startsWith("weft " + System.getProperty("weft.version") + " "), outcome.out());
    }

    @Test
    void runsThroughALinkFromAnywhere() throws Exception {
        Path link = Files.createSymbolicLink(elsewhere.resolve("weft"), workbench.command());
        Path linkToIt = Files.createSymbolicLink(elsewhere.resolve("weft2"), Path.of("weft"));

        assertEquals(0, workbench.run(link, elsewhere, "version").exit());
        assertEquals(0, workbench.run(linkToIt, workbench.root(), "version").exit());
    }

    @Test
    void listsThePluginsThatJobFilesCanName() throws Exception {
        Outcome outcome = workbench.run("plugins", "--json");

        assertEquals(0, outcome.exit(), outcome.err());
        for (String name : List.of("fedavg", "lora", "hf", "lm", "local")) {
            assertTrue(outcome.out().contains("\"name\":\"" + name + "\""), name + " is not in\n" + outcome.out());
        }
    }

    @Test
    void aWordThatIsNoCommandIsRefused() throws Exception {
        Outcome outcome = workbench.run("simulat");

        assertEquals(2, outcome.exit());
        assertTrue(outcome.err().contains("simulate"), outcome.err());
        assertEquals("", outcome.out());
    }

    @Test
    void keepsWhatItWritesInTheHomeThatIsNamed() throws Exception {
        Path home = elsewhere.resolve("home");

        assertEquals(0, workbench.run("version", "--home", home.toString()).exit());

        assertTrue(Files.isDirectory(home.resolve("data")));
    }

    @Test
    void leavesNoFrameworkBehind() throws Exception {
        Path home = elsewhere.resolve("home");

        workbench.run("--home", home.toString(), "version");

        try (Stream<Path> left = Files.list(home.resolve("data/run"))) {
            assertEquals(
                    List.of("lock"),
                    left.map(path -> path.getFileName().toString()).toList());
        }
    }

    @Test
    void aRuntimeThatRunsInTheHomeIsAskedAndNoOtherStarted() throws Exception {
        Path home = elsewhere.resolve("home");
        Process shell = workbench.open("shell", "--home", home.toString());
        try (BufferedReader shown = shell.inputReader(StandardCharsets.UTF_8);
                Writer typed = shell.outputWriter(StandardCharsets.UTF_8)) {
            String greeting = shown.readLine();
            assertTrue(greeting.startsWith("Weft "), greeting);
            typed.write("no-such-command\n");
            typed.flush();
            awaitLine(shown, "there is no command 'no-such-command'");

            Outcome asked = workbench.run("plugins", "--home", home.toString(), "lora");

            assertEquals(0, asked.exit(), asked.err());
            assertTrue(asked.out().contains("io.weft.strategy.lora"), asked.out());
            try (Stream<Path> bundles = Files.list(home.resolve("data/run").resolve(Long.toString(shell.pid())))) {
                assertTrue(bundles.anyMatch(path -> path.endsWith("commands.socket")));
            }
            assertEquals(
                    2,
                    workbench.run("plugins", "none", "--home", home.toString()).exit());
            typed.write("plugins | grep lora\nexit\n");
            typed.flush();
            awaitLine(shown, "io.weft.strategy.lora");
        }
        assertEquals(0, shell.waitFor());
        assertEquals(
                0, workbench.run("plugins", "--home", home.toString(), "lora").exit());
    }

    private static void awaitLine(BufferedReader shown, String part) throws IOException {
        String line = shown.readLine();
        while (line != null && !line.contains(part)) {
            line = shown.readLine();
        }
        assertTrue(line != null, part + " was not shown");
    }

    @Test
    void complainsOfAHomeThatCannotBe() throws Exception {
        Path file = Files.createFile(elsewhere.resolve("file"));

        Outcome outcome = workbench.run("version", "--home", file.toString());

        assertEquals(2, outcome.exit());
        assertTrue(outcome.err().contains(file.toString()), outcome.err());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
    }
}
