package io.weft.site.catalogue;

import io.weft.job.form.Place;
import java.util.List;
import java.util.Optional;

/**
 * A dataset as {@code conf/datasets.yaml} names it.
 *
 * @param files paths, with stars
 * @param split which of the records belong to it, as written
 * @param place its line
 */
public record CatalogueDataset(
        String name,
        List<String> files,
        String format,
        Optional<String> template,
        Optional<String> split,
        Place place) {

    public CatalogueDataset {
        files = List.copyOf(files);
    }
}
