package io.weft.launch.internal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The words of the command line, with {@code --home DIR} taken out wherever it stands before a {@code --}. */
record CommandLine(Optional<Path> home, List<String> arguments) {

    private static final String HOME = "--home";

    CommandLine {
        arguments = List.copyOf(arguments);
    }

    static CommandLine parse(String... words) {
        Optional<Path> home = Optional.empty();
        List<String> arguments = new ArrayList<>();
        boolean options = true;
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            options &= !word.equals("--");
            if (options && word.equals(HOME)) {
                if (++i == words.length) {
                    throw new Unstartable("--home needs a folder: --home DIR");
                }
                home = Optional.of(folder(words[i]));
            } else if (options && word.startsWith(HOME + "=")) {
                home = Optional.of(folder(word.substring(HOME.length() + 1)));
            } else {
                arguments.add(word);
            }
        }
        return new CommandLine(home, arguments);
    }

    private static Path folder(String text) {
        if (text.isBlank()) {
            throw new Unstartable("--home names no folder: --home DIR");
        }
        return Path.of(text);
    }
}
