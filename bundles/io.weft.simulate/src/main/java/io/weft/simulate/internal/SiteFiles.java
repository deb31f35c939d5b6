package io.weft.simulate.internal;

import io.weft.job.Job;
import io.weft.site.Catalogue;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a simulated site has.
 *
 * @param shared the base, which all sites share
 * @param folder the site's folder
 * @param files the file of each dataset
 */
record SiteFiles(Optional<Path> shared, Optional<Path> folder, SortedMap<String, Path> files) implements Catalogue {

    /** The same with another base. */
    SiteFiles on(Optional<Path> base) {
        return new SiteFiles(base, folder, files);
    }

    @Override
    public Optional<Path> base(Job job) {
        return shared;
    }

    @Override
    public Optional<List<Path>> dataset(String name) {
        return Optional.ofNullable(files.get(name)).map(List::of);
    }

    @Override
    public List<String> datasets() {
        return List.copyOf(files.keySet());
    }
}
