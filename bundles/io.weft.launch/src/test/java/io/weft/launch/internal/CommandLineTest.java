package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CommandLineTest {

    @Test
    void takesTheHomeOutWhereverItStands() {
        CommandLine expected = new CommandLine(Optional.of(Path.of("here")), List.of("simulate", "job.yaml"));

        assertEquals(expected, CommandLine.parse("--home", "here", "simulate", "job.yaml"));
        assertEquals(expected, CommandLine.parse("simulate", "--home", "here", "job.yaml"));
        assertEquals(expected, CommandLine.parse("simulate", "job.yaml", "--home=here"));
    }

    @Test
    void leavesWordsAfterADoubleDashAlone() {
        CommandLine line = CommandLine.parse("generate", "--", "--home", "here");

        assertEquals(List.of("generate", "--", "--home", "here"), line.arguments());
        assertTrue(line.home().isEmpty());
    }

    @Test
    void refusesAHomeThatIsNotNamed() {
        assertThrows(Unstartable.class, () -> CommandLine.parse("simulate", "--home"));
        assertThrows(Unstartable.class, () -> CommandLine.parse("--home=", "simulate"));
    }
}
