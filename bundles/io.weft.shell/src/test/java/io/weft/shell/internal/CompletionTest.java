package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.felix.gogo.jline.Parser;
import org.jline.reader.Candidate;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Parser.ParseContext;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {

    @TempDir
    Path folder;

    private final Completion completion = new Completion(
            () -> new Help(List.of(new Weave(), new Version("1.2.3"))),
            () -> Set.of("weft:weave", "felix:lb", "gogo:help"));

    @Test
    void commandsStandFirstOursAndGogos() throws IOException {
        assertEquals(List.of("help", "lb", "version", "weave"), offered("we"));
        assertEquals(
                "Weaves.",
                candidates("").stream()
                        .filter(candidate -> candidate.value().equals("weave"))
                        .findFirst()
                        .orElseThrow()
                        .descr());
    }

    @Test
    void aScopeIsCompletedWithTheScope() throws IOException {
        assertEquals(List.of("felix:lb", "gogo:help", "weft:help", "weft:version", "weft:weave"), offered("weft:"));
    }

    @Test
    void flagsAreThoseOfTheCommandThatAreNotThereYet() throws IOException {
        assertEquals(List.of("--file", "--json", "--thread"), offered("weave -"));
        assertEquals(List.of("--file", "--thread"), offered("weft:weave --json --"));
        assertEquals(List.of("--file", "--json", "--thread"), offered("plugins | weave --"));
    }

    @Test
    void aValueIsOneThatTheCommandKnows() throws IOException {
        assertEquals(List.of("linen", "wool"), offered("weave --thread "));
        assertEquals(List.of("--file", "--json", "--thread", "cloth"), offered("weave "));
        assertEquals(List.of("cloth"), offered("weave c"));
    }

    @Test
    void aFileIsLookedForWhereOneIsMeant() throws IOException {
        Files.createFile(folder.resolve("pattern.txt"));
        assertEquals(List.of(folder + "/pattern.txt"), offered("weave --file " + folder + "/pa"));
        assertEquals(List.of(folder + "/pattern.txt"), offered("cat " + folder + "/pa"));
    }

    @Test
    void helpExplainsCommands() throws IOException {
        assertEquals(List.of("help", "version", "weave"), offered("help v"));
    }

    @Test
    void whereNothingIsMeantNothingIsOffered() throws IOException {
        assertEquals(List.of(), offered("version x"));
    }

    private List<String> offered(String line) throws IOException {
        return candidates(line).stream().map(Candidate::value).sorted().toList();
    }

    private List<Candidate> candidates(String line) throws IOException {
        List<Candidate> candidates = new ArrayList<>();
        try (Terminal terminal = new DumbTerminal(
                "test",
                "dumb",
                new ByteArrayInputStream(new byte[0]),
                new ByteArrayOutputStream(),
                StandardCharsets.UTF_8)) {
            LineReader reader = LineReaderBuilder.builder().terminal(terminal).build();
            completion.complete(reader, new Parser().parse(line, line.length(), ParseContext.COMPLETE), candidates);
        }
        assertTrue(candidates.stream().allMatch(candidate -> candidate.value() != null));
        return candidates;
    }

    private static final class Weave implements ShellCommand {

        @Override
        public Manual manual() {
            return new Manual(
                    "weave",
                    "Weaves.",
                    Optional.of("NAME"),
                    false,
                    List.of(
                            Flag.with("--thread", "NAME", "what with"),
                            Flag.with("--file", "FILE", "a pattern"),
                            Flag.alone("--json", "prints an object")),
                    List.of(),
                    List.of("weft weave"));
        }

        @Override
        public List<String> known(String place) {
            return switch (place) {
                case "--thread" -> List.of("wool", "linen");
                case "NAME" -> List.of("cloth");
                default -> List.of();
            };
        }

        @Override
        public int run(Arguments arguments, Screen screen) {
            return 0;
        }
    }
}
