package io.weft.lm;

import io.weft.api.tensor.Manifest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Looks at records before anything is trained on them. */
@ProviderType
public interface Datasets {

    /** The names of the templates there are. */
    List<String> templates();

    /**
     * Counts and measures the records of some files.
     *
     * @param model the manifest of a checkpoint whose tokenizer counts tokens, which loads the engine; empty for characters alone
     * @throws io.weft.api.plugin.Refusal when a file is missing, no line is a record, the template is unknown, or the checkpoint has
     *     no tokenizer
     */
    DatasetDescription describe(DatasetRequest request, Optional<Manifest> model) throws IOException;
}
