package io.weft.client;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a program takes part.
 *
 * @param datasets the files of {@code train} and {@code validate}, for those that the job names and the site has
 * @param dataFolder the folder of the site's own data
 */
public record SystemInfo(String jobId, String siteName, Map<String, List<Path>> datasets, Optional<Path> dataFolder) {}
