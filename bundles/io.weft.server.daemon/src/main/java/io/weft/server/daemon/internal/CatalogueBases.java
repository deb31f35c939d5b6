package io.weft.server.daemon.internal;

import io.weft.models.ModelCatalogue;
import io.weft.server.SharedBases;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bases that the catalogue of the server's home names; of a folder the files that its content hash is of. */
final class CatalogueBases implements SharedBases {

    private final ModelCatalogue catalogue;

    CatalogueBases(ModelCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    @Override
    public Optional<SharedBase> find(String name) throws IOException {
        Optional<Path> place = catalogue.model(name);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        boolean folder = Files.isDirectory(place.get());
        SortedMap<String, Path> files = folder
                ? Digests.baseFiles(place.get())
                : new TreeMap<>(Map.of(place.get().getFileName().toString(), place.get()));
        return Optional.of(new SharedBase(catalogue.digest(name), folder, files));
    }
}
