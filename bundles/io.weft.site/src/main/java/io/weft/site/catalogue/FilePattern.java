package io.weft.site.catalogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A path in which stars stand for parts of names.
 *
 * @param start the folder below which files may match, or the file itself
 * @param rest what must match below it, in the syntax of {@link java.nio.file.FileSystem#getPathMatcher}; empty for a plain path
 */
record FilePattern(Path start, String rest) {

    private static final Pattern SPECIAL = Pattern.compile("[*?\\[{]");

    static FilePattern of(Path home, String text) {
        String[] parts = text.split("/", -1);
        int plain = 0;
        while (plain < parts.length && !SPECIAL.matcher(parts[plain]).find()) {
            plain++;
        }
        String start =
                String.join("/", List.of(parts).subList(0, plain)) + (plain > 0 && plain < parts.length ? "/" : "");
        return new FilePattern(
                home.resolve(start).normalize(), String.join("/", List.of(parts).subList(plain, parts.length)));
    }

    /** Where what may match lies. */
    Path folder() {
        return rest.isEmpty() && start.getParent() != null ? start.getParent() : start;
    }

    /** The files that match, sorted by their paths. */
    List<Path> files() throws IOException {
        if (rest.isEmpty()) {
            return Files.isRegularFile(start) ? List.of(start) : List.of();
        }
        if (!Files.isDirectory(start)) {
            return List.of();
        }
        PathMatcher matcher = start.getFileSystem().getPathMatcher("glob:" + rest);
        int depth = rest.contains("**") ? Integer.MAX_VALUE : rest.split("/", -1).length;
        try (Stream<Path> entries = Files.walk(start, depth)) {
            return entries.filter(file -> matcher.matches(start.relativize(file)))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }
}
