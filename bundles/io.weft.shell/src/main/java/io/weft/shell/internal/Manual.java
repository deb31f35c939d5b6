package io.weft.shell.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All there is to say about a command: the source of its parsing, of {@code weft help} and of the reference in docs/.
 *
 * @param name the word that calls it
 * @param sentence what it does
 * @param operand the word for what it works on; empty when it takes flags alone
 * @param operandNeeded whether the operand must be given
 * @param flags in the order in which they are explained
 * @param details paragraphs beyond the sentence
 * @param examples commands that one can type
 */
record Manual(
        String name,
        String sentence,
        Optional<String> operand,
        boolean operandNeeded,
        List<Flag> flags,
        List<String> details,
        List<String> examples) {

    Manual {
        flags = List.copyOf(flags);
        details = List.copyOf(details);
        examples = List.copyOf(examples);
    }

    /** The command with everything that it takes, as one types it. */
    String usage() {
        var usage = new StringBuilder("weft ").append(name);
        operand.ifPresent(word -> usage.append(operandNeeded ? " " + word : " [" + word + "]"));
        for (Flag flag : flags) {
            usage.append(flag.required() ? " " + flag.shown() : " [" + flag.shown() + "]");
        }
        return usage.toString();
    }

    Optional<Flag> flag(String flagName) {
        return flags.stream().filter(flag -> flag.name().equals(flagName)).findFirst();
    }

    List<String> flagNames() {
        return flags.stream().map(Flag::name).toList();
    }

    /** What {@code weft help NAME} prints. */
    String help() {
        var lines = new ArrayList<String>();
        lines.add(sentence);
        lines.add("");
        lines.add("  " + usage());
        if (!flags.isEmpty()) {
            lines.add("");
            int width =
                    flags.stream().mapToInt(flag -> flag.shown().length()).max().orElse(0);
            for (Flag flag : flags) {
                lines.add("  " + flag.shown() + " ".repeat(width - flag.shown().length() + 2) + flag.sentence());
            }
        }
        for (String detail : details) {
            lines.add("");
            lines.add(detail);
        }
        lines.add("");
        lines.add(examples.size() == 1 ? "Example:" : "Examples:");
        examples.forEach(example -> lines.add("  " + example));
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    /** The command's part of docs/commands.md. */
    String markdown() {
        var text = new StringBuilder("## weft ").append(name).append("\n\n");
        text.append(sentence).append("\n\n```\n").append(usage()).append("\n```\n");
        if (!flags.isEmpty()) {
            text.append("\n| flag | meaning |\n|---|---|\n");
            flags.forEach(flag -> text.append("| `")
                    .append(flag.shown())
                    .append("` | ")
                    .append(flag.sentence())
                    .append(" |\n"));
        }
        details.forEach(detail -> text.append("\n").append(detail).append("\n"));
        text.append("\n```sh\n");
        examples.forEach(example -> text.append(example).append("\n"));
        return text.append("```\n").toString();
    }
}
