package io.weft.site;

import java.nio.file.Path;

/**
 * What makes a site.
 *
 * @param work the folder for what it keeps while jobs run: a folder for each job
 * @param slots shared by all sites of a process
 */
public record SiteSetup(String name, Path work, Catalogue catalogue, ComputeSlots slots) {}
