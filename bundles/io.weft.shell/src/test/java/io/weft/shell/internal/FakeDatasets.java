package io.weft.shell.internal;

import io.weft.api.tensor.Manifest;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Datasets of 99 records in 100 lines, of which the first is given. */
final class FakeDatasets implements Datasets {

    private final Rendered first;
    private final List<DatasetRequest> asked = new ArrayList<>();

    FakeDatasets(Rendered first) {
        this.first = first;
    }

    List<DatasetRequest> asked() {
        return asked;
    }

    @Override
    public List<String> templates() {
        return List.of("alpaca");
    }

    @Override
    public DatasetDescription describe(DatasetRequest request, Optional<Manifest> model) {
        asked.add(request);
        return new DatasetDescription(100, 99, new Lengths(1, 2, 3, 4, 200), Optional.empty(), first, List.of());
    }
}
