package io.weft.simulate;

import java.nio.file.Path;
import java.util.OptionalDouble;

/** Where the data of the simulated sites comes from. */
public sealed interface SiteData {

    /** A folder a site, named like it; in each, {@code <dataset>.jsonl} is the dataset of that name. */
    record Folders(Path folder) implements SiteData {}

    /** One site of such folders, without the others. */
    record Alone(Path folder, String site) implements SiteData {}

    /**
     * One file dealt to a number of sites: evenly, or unevenly by a Dirichlet distribution.
     *
     * @param alpha the distribution's parameter, above 0; the smaller, the less even; empty for evenly
     */
    record Split(Path file, int sites, OptionalDouble alpha) implements SiteData {}
}
