package io.weft.job;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which datasets are used, by their names in each site's catalogue.
 *
 * @param train the dataset to train on
 * @param validate the dataset to validate on
 * @param template what turns a record's fields into prompt and completion; empty for records as they are
 * @param maxLength the most tokens of a record; empty for 1024 or the model's limit, whichever is smaller
 */
public record DataSettings(String train, Optional<String> validate, Optional<String> template, OptionalInt maxLength) {}
