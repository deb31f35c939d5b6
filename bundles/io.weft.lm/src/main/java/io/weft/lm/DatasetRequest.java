package io.weft.lm;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which records are looked at, and how.
 *
 * @param files JSON Lines
 * @param template what turns a record's fields into prompt and completion; empty for records as they are
 * @param maxLength the most tokens of a record, 2 or more; empty for what a job takes without {@code data.maxLength}
 */
public record DatasetRequest(List<Path> files, Optional<String> template, OptionalInt maxLength) {

    public DatasetRequest {
        files = List.copyOf(files);
    }
}
