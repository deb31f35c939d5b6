package io.weft.plugins.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/** What a file looks like from outside; two equal glimpses show the same contents. */
record Glimpse(Path file, Origin origin, boolean folder, long size, FileTime modified, Optional<Object> key) {

    /** Empty when the file is gone. */
    static Optional<Glimpse> of(Path file, Origin origin) {
        try {
            BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new Glimpse(
                    file,
                    origin,
                    seen.isDirectory(),
                    seen.size(),
                    seen.lastModifiedTime(),
                    Optional.ofNullable(seen.fileKey())));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
