package io.weft.shell.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The words behind a command's name, sorted by the command's manual. */
final class Arguments {

    private static final String END_OF_FLAGS = "--";

    private final Manual manual;
    private final Optional<String> operand;
    private final Map<String, String> flags;

    private Arguments(Manual manual, Optional<String> operand, Map<String, String> flags) {
        this.manual = manual;
        this.operand = operand;
        this.flags = Map.copyOf(flags);
    }

    /**
     * Sorts the words.
     *
     * @throws Refusal when a word is unknown, missing, or given twice
     */
    static Arguments parse(Manual manual, List<String> words) {
        Optional<String> operand = Optional.empty();
        var flags = new HashMap<String, String>();
        boolean flagsMayCome = true;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (flagsMayCome && word.equals(END_OF_FLAGS)) {
                flagsMayCome = false;
            } else if (flagsMayCome && word.startsWith("-") && word.length() > 1) {
                int equals = word.indexOf('=');
                String name = equals < 0 ? word : word.substring(0, equals);
                Flag flag = manual.flag(name).orElseThrow(() -> unknown(manual, name));
                String value = "";
                if (equals >= 0) {
                    value = word.substring(equals + 1);
                    if (flag.value().isEmpty()) {
                        throw refuse(manual, name + " takes no value");
                    }
                } else if (flag.value().isPresent()) {
                    if (++i == words.size()) {
                        throw refuse(manual, name + " needs a value: " + flag.shown());
                    }
                    value = words.get(i);
                }
                if (flags.put(name, value) != null) {
                    throw refuse(manual, name + " is given twice");
                }
            } else if (manual.operand().isEmpty() || operand.isPresent()) {
                throw refuse(manual, "'" + word + "' is one word too many");
            } else {
                operand = Optional.of(word);
            }
        }
        checkComplete(manual, operand, flags);
        return new Arguments(manual, operand, flags);
    }

    private static void checkComplete(Manual manual, Optional<String> operand, Map<String, String> flags) {
        if (manual.operandNeeded() && operand.isEmpty()) {
            throw refuse(manual, manual.operand().orElseThrow() + " is missing");
        }
        for (Flag flag : manual.flags()) {
            if (flag.required() && !flags.containsKey(flag.name())) {
                throw refuse(manual, flag.shown() + " is missing");
            }
        }
    }

    private static Refusal unknown(Manual manual, String name) {
        String known = manual.flags().isEmpty() ? "it takes none" : "known: " + String.join(", ", manual.flagNames());
        return new Refusal(
                manual.name() + ": unknown flag " + name + Nearest.hint(name, manual.flagNames()) + " (" + known + ")");
    }

    private static Refusal refuse(Manual manual, String message) {
        return new Refusal(manual.name() + ": " + message + "; usage: " + manual.usage());
    }

    /** What flags say together and makes no sense, under the command's name. */
    Refusal refused(String message) {
        return new Refusal(manual.name() + ": " + message);
    }

    Optional<String> operand() {
        return operand;
    }

    boolean has(String flag) {
        return flags.containsKey(flag);
    }

    Optional<String> text(String flag) {
        return Optional.ofNullable(flags.get(flag));
    }

    Optional<Path> path(String flag) {
        return text(flag).map(text -> toPath(flag, text));
    }

    Path operandPath() {
        return toPath(manual.operand().orElseThrow(), operand.orElseThrow());
    }

    OptionalInt count(String flag, int min) {
        Optional<Long> whole = whole(flag, min, Integer.MAX_VALUE);
        return whole.isPresent() ? OptionalInt.of(Math.toIntExact(whole.get())) : OptionalInt.empty();
    }

    Optional<Long> whole(String flag, long min, long max) {
        Optional<String> text = text(flag);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            long value = Long.parseLong(text.get());
            if (value >= min && value <= max) {
                return Optional.of(value);
            }
        } catch (NumberFormatException e) {
            // Not a number is refused like a number out of range.
        }
        throw refuse(
                manual,
                flag + " is '" + text.get() + "'; allowed: a whole number"
                        + (min > Long.MIN_VALUE ? " from " + min : ""));
    }

    double number(String flag, double fallback) {
        Optional<String> text = text(flag);
        if (text.isEmpty()) {
            return fallback;
        }
        try {
            double value = Double.parseDouble(text.get());
            if (value >= 0 && Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Not a number is refused like a number out of range.
        }
        throw refuse(manual, flag + " is '" + text.get() + "'; allowed: a number from 0");
    }

    private Path toPath(String name, String text) {
        if (text.isBlank() || text.indexOf('\0') >= 0) {
            throw refuse(manual, name + " is empty; give a path");
        }
        return Path.of(text);
    }
}
