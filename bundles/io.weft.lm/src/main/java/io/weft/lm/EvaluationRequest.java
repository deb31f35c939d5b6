package io.weft.lm;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is measured on what.
 *
 * @param model the folder of the base checkpoint
 * @param adapter the folder of an adapter for it
 * @param data files of records as JSON lines, measured together
 * @param template what turns a record's fields into prompt and completion; empty for records as they are
 * @param maxLength the most tokens of a record; empty for the model's limit
 */
public record EvaluationRequest(
        Path model, Optional<Path> adapter, List<Path> data, Optional<String> template, OptionalInt maxLength) {}
