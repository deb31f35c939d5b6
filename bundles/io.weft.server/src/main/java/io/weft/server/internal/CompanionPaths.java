package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Paths that a site chose. */
final class CompanionPaths {

    private CompanionPaths() {}

    /**
     * A file within a folder.
     *
     * @throws Refusal when the path leads out of the folder
     */
    static Path inside(Path folder, String path) {
        boolean plain = !path.isEmpty()
                && path.chars().allMatch(c -> c >= ' ' && c != '\\' && c != ':' && c != 0x7f)
                && Stream.of(path.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!plain) {
            throw new Refusal("'" + path + "' is no path of a file beside a model: it must lie in the model's folder");
        }
        return folder.resolve(path);
    }
}
