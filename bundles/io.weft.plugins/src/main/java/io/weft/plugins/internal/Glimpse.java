package io.weft.plugins.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/** What a file looks like from outside; two equal glimpses show the same contents. */
record Glimpse(Path file, Origin origin, Kind kind, long size, FileTime modified, Optional<Object> key) {

    /** What lies there. */
    enum Kind {
        FILE,
        FOLDER,
        /** A link to what is not there, or may not be seen. */
        LINK_TO_NOTHING,
        /** A pipe, a socket or a device: whoever reads from one may wait for ever. */
        OTHER
    }

    /** Empty when the file is gone. */
    static Optional<Glimpse> of(Path file, Origin origin) {
        try {
            return Optional.of(of(file, origin, Files.readAttributes(file, BasicFileAttributes.class)));
        } catch (IOException e) {
            return link(file, origin);
        }
    }

    private static Optional<Glimpse> link(Path file, Origin origin) {
        try {
            return Optional.of(
                    of(file, origin, Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Glimpse of(Path file, Origin origin, BasicFileAttributes seen) {
        return new Glimpse(
                file, origin, kind(seen), seen.size(), seen.lastModifiedTime(), Optional.ofNullable(seen.fileKey()));
    }

    private static Kind kind(BasicFileAttributes seen) {
        if (seen.isRegularFile()) {
            return Kind.FILE;
        }
        if (seen.isDirectory()) {
            return Kind.FOLDER;
        }
        return seen.isSymbolicLink() ? Kind.LINK_TO_NOTHING : Kind.OTHER;
    }
}
