package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {

    private static final Manual MANUAL = new Manual(
            "try",
            "Tries.",
            Optional.of("FILE"),
            true,
            List.of(
                    Flag.needed("--model", "DIR", "a model"),
                    Flag.with("--count", "N", "a number"),
                    Flag.alone("--json", "json")),
            List.of(),
            List.of("weft try x --model m"));

    @Test
    void sortsTheWords() {
        Arguments arguments = parse("--model m a.yaml --json --count=3");

        assertEquals(Path.of("a.yaml"), arguments.operandPath());
        assertEquals(Optional.of(Path.of("m")), arguments.path("--model"));
        assertEquals(OptionalInt.of(3), arguments.count("--count", 1));
        assertTrue(arguments.has("--json"));
    }

    @Test
    void takesWhatFollowsTwoDashesAsItIs() {
        assertEquals(Optional.of("--odd"), parse("--model m -- --odd").operand());
    }

    @Test
    void takesADashLikeAWordAsTheValueOfAFlag() {
        assertEquals(Optional.of("--json"), parse("x --model --json").text("--model"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    x --modle m               | try: unknown flag --modle; did you mean '--model'? (known: --model, --count, --json)
                    x                         | try: --model DIR is missing; usage: weft try FILE --model DIR [--count N] [--json]
                    --model m                 | try: FILE is missing; usage: weft try FILE --model DIR [--count N] [--json]
                    x y --model m             | try: 'y' is one word too many; usage: weft try FILE --model DIR [--count N] [--json]
                    x --model                 | try: --model needs a value: --model DIR; usage: weft try FILE --model DIR [--count N] [--json]
                    x --model m --model n     | try: --model is given twice; usage: weft try FILE --model DIR [--count N] [--json]
                    x --model m --json=yes    | try: --json takes no value; usage: weft try FILE --model DIR [--count N] [--json]
                    """)
    void refusesWhatItDoesNotKnow(String words, String message) {
        assertEquals(message, assertThrows(Refusal.class, () -> parse(words)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"0", "many", "1.5", "99999999999"})
    void refusesWhatIsNoCount(String value) {
        Arguments arguments = parse("x --model m --count " + value);

        assertEquals(
                "try: --count is '" + value
                        + "'; allowed: a whole number from 1; usage: weft try FILE --model DIR [--count N] [--json]",
                assertThrows(Refusal.class, () -> arguments.count("--count", 1)).getMessage());
    }

    private static Arguments parse(String words) {
        return Arguments.parse(MANUAL, List.of(words.split(" ")));
    }
}
