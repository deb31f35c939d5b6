package io.weft.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** What of files changes when they do: place, size and time. */
public final class FileStamp {

    private FileStamp() {}

    /** A text that is another one when a file is. */
    public static String of(List<Path> files) throws IOException {
        var lines = new ArrayList<String>();
        for (Path file : files) {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            lines.add(file + " " + attributes.size() + " "
                    + attributes.lastModifiedTime().toInstant() + " " + attributes.fileKey());
        }
        return String.join("\n", lines);
    }
}
