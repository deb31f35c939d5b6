package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ConsoleTest {

    @TempDir
    Path folder;

    private final ThreadIOImpl threads = new ThreadIOImpl();
    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final CountDownLatch waiting = new CountDownLatch(1);
    private CommandProcessorImpl processor;
    private Console.Resident resident = (line, out) -> false;

    @BeforeEach
    void startGogo() {
        threads.start();
        processor = new CommandProcessorImpl(threads);
        processor.addCommand("weft", this, "version");
        processor.addCommand("weft", this, "hold");
        processor.addCommand("weft", this, "burst");
    }

    @AfterEach
    void stopGogo() {
        processor.stop();
        threads.stop();
    }

    /** A command of Weft, as its component is called by Gogo. */
    public void version(CommandSession session, String... words) throws InterruptedException {
        new Version("1.2.3").version(session, words);
    }

    /** Runs until somebody ends it. */
    public void hold() throws InterruptedException {
        waiting.countDown();
        new CountDownLatch(1).await();
    }

    /** Fails. */
    public void burst() throws IOException {
        throw new IOException("the thread broke");
    }

    @Test
    void runsLinesUntilTheInputEnds() throws IOException {
        String shown = type("version", "", "weft:version");
        assertEquals(2, shown.split("weft 1\\.2\\.3 \\(Java ", -1).length - 1, shown);
    }

    @Test
    void aLineMayLeave() throws IOException {
        assertFalse(type("exit", "version").contains("1.2.3"));
        assertFalse(type(" quit ", "version").contains("1.2.3"));
    }

    @Test
    void whatFailsIsToldInALineAndTheNextLineRuns() throws IOException {
        String shown = type("wever", "burst", "version --colour", "version");
        assertTrue(shown.contains("weft: there is no command 'wever'; 'help' lists those of Weft\n"), shown);
        assertTrue(shown.contains("weft: the thread broke\n"), shown);
        assertTrue(shown.contains("weft: version: unknown flag --colour"), shown);
        assertTrue(shown.contains("weft 1.2.3 "), shown);
        assertFalse(shown.contains("\tat "), shown);
    }

    @Test
    void everyCommandExplainsItself() throws IOException {
        assertTrue(type("version --help").contains("\nExample:\n  weft version\n"));
    }

    @Test
    void interruptingEndsWhatRunsAndNotTheShell() throws Exception {
        try (Terminal terminal = terminal("hold", "version")) {
            Thread typing = new Thread(() -> run(terminal), "typing");
            typing.start();
            waiting.await();
            terminal.raise(Signal.INT);
            typing.join();
        }
        String seen = text();
        assertTrue(seen.indexOf("interrupted") < seen.indexOf("weft 1.2.3 "), seen);
        assertTrue(seen.contains("interrupted"), seen);
    }

    @Test
    void remembersLines() throws IOException {
        type("version", "exit");
        List<String> lines = Files.readAllLines(folder.resolve("shell.history"));
        assertTrue(lines.get(0).endsWith(":version"), lines.toString());
    }

    @Test
    void whoLivesInTheHomeRunsTheLines() throws IOException {
        resident = (line, out) -> {
            out.println("there: " + line);
            return true;
        };

        String shown = type("version | grep weft", "version");

        assertTrue(shown.contains("there: version | grep weft\n"), shown);
        assertTrue(shown.contains("there: version\n"), shown);
        assertFalse(shown.contains("weft 1.2.3 "), shown);
    }

    @Test
    void interruptingEndsWhatTheResidentDoes() throws Exception {
        resident = (line, out) -> {
            if (line.equals("hold")) {
                hold();
            }
            out.println("there: " + line);
            return true;
        };
        try (Terminal terminal = terminal("hold", "version")) {
            Thread typing = new Thread(() -> run(terminal), "typing");
            typing.start();
            waiting.await();
            terminal.raise(Signal.INT);
            typing.join();
        }

        assertTrue(text().indexOf("interrupted") < text().indexOf("there: version"), text());
    }

    @Test
    void aLineIsRunWithoutATerminal() throws Exception {
        var recording = new Recording();
        ShellLine line = new ShellLine(processor, recording.screen());

        assertEquals(0, line.run("version"));
        assertEquals(2, line.run("version --colour"));
        assertEquals(2, line.run("wever"));
        assertEquals(1, line.run("burst"));

        assertTrue(recording.out().startsWith("weft 1.2.3 (Java "), recording.out());
        assertEquals(
                List.of("weft: version: unknown flag", "weft: there is no command 'wever'", "weft: the thread broke"),
                recording
                        .err()
                        .lines()
                        .map(text -> text.replaceAll(" --colour.*|; 'help'.*", ""))
                        .toList());
    }

    private String type(String... lines) throws IOException {
        try (Terminal terminal = terminal(lines)) {
            run(terminal);
        }
        return text();
    }

    private void run(Terminal terminal) {
        new Console(terminal, processor, () -> new Help(List.of()), folder.resolve("shell.history"), resident).run();
    }

    private Terminal terminal(String... lines) throws IOException {
        byte[] typed = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        return new DumbTerminal("test", "dumb", new ByteArrayInputStream(typed), shown, StandardCharsets.UTF_8);
    }

    private String text() {
        return shown.toString(StandardCharsets.UTF_8).replace("\r", "");
    }
}
