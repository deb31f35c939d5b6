package io.weft.models;

import io.weft.job.form.Place;
import java.nio.file.Path;

/**
 * A model as {@code conf/models.yaml} names it.
 *
 * @param folder absolute; whether it is there is another question
 * @param place its line
 */
public record CatalogueModel(String name, Path folder, Place place) {}
