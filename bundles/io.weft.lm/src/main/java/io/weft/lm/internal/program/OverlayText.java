package io.weft.lm.internal.program;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import io.weft.api.plugin.Refusal;
import io.weft.djl.Program;
import io.weft.lm.tuning.Script;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The text of an overlay as it goes into a program: always with a backward, which autograd gives where the script has none. */
final class OverlayText {

    private static final Pattern FORWARD = Pattern.compile("(?m)^def forward\\(");
    private static final Pattern CALL = Pattern.compile("self\\.forward\\(");

    /** What the compiler puts under the words that it stumbled over. */
    private static final String MARK = "<--- HERE";

    private OverlayText() {}

    /**
     * @throws Refusal when the script has no forward
     */
    static String of(Script script) {
        if (!FORWARD.matcher(script.text()).find()) {
            throw refusal(script, "has no 'def forward(' at the left margin");
        }
        if (script.differentiated()) {
            return script.text();
        }
        String renamed = FORWARD.matcher(script.text()).replaceFirst("def plain_forward(");
        return CALL.matcher(renamed).replaceAll("self.plain_forward(").stripTrailing()
                + "\n"
                + Parts.text("overlay_autograd", Map.of());
    }

    /**
     * Compiles each script by itself, to find the one that keeps a program from compiling.
     *
     * @throws Refusal naming it, with the compiler's words
     */
    static void requireCompiling(Engine engine, Collection<Script> scripts) {
        for (Script script : scripts) {
            try {
                Program.compile(engine, of(script)).close();
            } catch (EngineException e) {
                throw refusal(script, "does not compile: " + words(e.getMessage()));
            }
        }
    }

    private static Refusal refusal(Script script, String what) {
        return new Refusal("the program text of the overlay '" + script.name() + "' " + what
                + "; mend the strategy plugin that brings it");
    }

    /** The first sentence of a compiler's message, and the line of text that it is about. */
    private static String words(String message) {
        List<String> lines = message.lines().filter(line -> !line.isBlank()).toList();
        StringBuilder words = new StringBuilder(
                lines.isEmpty() ? "the compiler says nothing" : lines.get(0).strip());
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).contains(MARK)) {
                words.append(" In: ").append(lines.get(i - 1).strip());
                break;
            }
        }
        return words.toString();
    }
}
