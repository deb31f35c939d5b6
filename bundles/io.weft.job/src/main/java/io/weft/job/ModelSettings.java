package io.weft.job;

import java.util.Optional;

/**
 * What is fine-tuned.
 *
 * @param backend the checkpoint format plugin
 * @param base a folder or a catalogue name, as written
 * @param digest the content hash that every base must have, 64 lower-case hexadecimal digits
 * @param share whether a site that has no base of that name gets the server's
 */
public record ModelSettings(String backend, String base, Optional<String> digest, boolean share) {}
