package io.weft.api.plugin;

import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Tensors that a plugin keeps from round to round; they become committed together with the round, so a crash loses none. */
@ProviderType
public interface StateStore {

    /** What the last committed round left; empty before the first. The caller closes it. */
    Optional<TensorReader> committed() throws IOException;

    /** Where this round's state goes; it replaces the committed one when the round commits. The caller commits and closes it. */
    TensorWriter next(List<TensorSpec> tensors) throws IOException;
}
