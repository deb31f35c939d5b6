package io.weft.shell.internal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jline.builtins.Completers.DirectoriesCompleter;
import org.jline.builtins.Completers.FileNameCompleter;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** What the Tab key offers: commands, and from a command's manual its flags and what their values may be. */
final class Completion implements Completer {

    private static final String SCOPE = "weft:";
    private static final Set<String> FOLDERS = Set.of("DIR", "FOLDER");
    private static final Set<String> FILES = Set.of("FILE", "PATH", "JOB", "FILE:N[:ALPHA]");

    private final Supplier<Help> help;
    private final Supplier<Set<String>> others;
    private final Completer folders = new DirectoriesCompleter(Path.of("").toAbsolutePath());
    private final Completer files = new FileNameCompleter();

    /**
     * Completes command lines.
     *
     * @param help the commands that there are now
     * @param others the names of Gogo's commands, with their scopes
     */
    Completion(Supplier<Help> help, Supplier<Set<String>> others) {
        this.help = help;
        this.others = others;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        if (line.wordIndex() == 0) {
            commands(line.word().contains(":"), candidates);
            return;
        }
        Optional<ShellCommand> command = command(line.words().get(0));
        if (command.isEmpty()) {
            files.complete(reader, line, candidates);
            return;
        }
        Manual manual = command.get().manual();
        Optional<Flag> valued = valued(manual, line);
        if (valued.isPresent()) {
            Flag flag = valued.get();
            value(command.get(), flag.name(), flag.value().orElseThrow(), reader, line, candidates);
        } else if (line.word().startsWith("-")) {
            flags(manual, line, candidates);
        } else {
            manual.operand().ifPresent(word -> value(command.get(), word, word, reader, line, candidates));
            if (line.word().isEmpty()) {
                flags(manual, line, candidates);
            }
        }
    }

    private Optional<ShellCommand> command(String word) {
        String name = word.startsWith(SCOPE) ? word.substring(SCOPE.length()) : word;
        return help.get().commands().stream()
                .filter(command -> command.manual().name().equals(name))
                .findFirst();
    }

    private void commands(boolean scoped, List<Candidate> candidates) {
        Set<String> names = new TreeSet<>();
        for (ShellCommand command : help.get().commands()) {
            Manual manual = command.manual();
            names.add(manual.name());
            candidates.add(
                    candidate(scoped ? SCOPE + manual.name() : manual.name(), "Weft", Optional.of(manual.sentence())));
        }
        for (String other : others.get()) {
            String name = other.substring(other.indexOf(':') + 1);
            if (!other.startsWith(SCOPE) && (scoped || names.add(name))) {
                candidates.add(candidate(scoped ? other : name, "Felix", Optional.empty()));
            }
        }
    }

    /** The flag whose value is being written. */
    private static Optional<Flag> valued(Manual manual, ParsedLine line) {
        String before = line.words().get(line.wordIndex() - 1);
        return line.wordIndex() < 2
                ? Optional.empty()
                : manual.flag(before).filter(flag -> flag.value().isPresent());
    }

    private void value(
            ShellCommand command,
            String place,
            String word,
            LineReader reader,
            ParsedLine line,
            List<Candidate> candidates) {
        List<String> known = new ArrayList<>(command.known(place));
        if (word.equals("COMMAND")) {
            help.get().commands().forEach(other -> known.add(other.manual().name()));
        }
        known.forEach(name -> candidates.add(candidate(name, word, Optional.empty())));
        if (FILES.contains(word)) {
            files.complete(reader, line, candidates);
        } else if (FOLDERS.contains(word)) {
            folders.complete(reader, line, candidates);
        }
    }

    private static void flags(Manual manual, ParsedLine line, List<Candidate> candidates) {
        manual.flags().stream()
                .filter(flag ->
                        !line.words().contains(flag.name()) || line.word().equals(flag.name()))
                .forEach(flag -> candidates.add(candidate(flag.name(), "flags", Optional.of(flag.sentence()))));
    }

    private static Candidate candidate(String value, String group, Optional<String> explanation) {
        return new Candidate(value, value, group, explanation.orElse(null), null, null, true);
    }
}
