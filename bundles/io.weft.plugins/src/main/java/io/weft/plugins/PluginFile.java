package io.weft.plugins;

import java.nio.file.Path;

/**
 * A file of a plugin folder as it is listed. A bundle that drains is listed under the file it came from, also when that is gone.
 *
 * @param bundle the symbolic name of the bundle in it, or empty text when there is none
 * @param version the version of that bundle, or empty text
 * @param sha256 SHA-256 (hex) of the jar in force, or empty text when none is
 * @param reason why it is not active, or what there is to know about it; empty text when there is nothing to say
 */
public record PluginFile(Path file, PluginState state, String bundle, String version, String sha256, String reason) {}
