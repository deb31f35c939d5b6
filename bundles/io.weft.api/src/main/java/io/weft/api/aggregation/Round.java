package io.weft.api.aggregation;

import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/** One round at the server: what came in, what was there before, and where the result goes. */
@ProviderType
public interface Round {

    /** Counted from 1. */
    int number();

    /** In site-name order, at least one. */
    List<Contribution> contributions();

    /** The global model before this round. */
    TensorReader global();

    /** The next global model, with the same manifest. */
    TensorWriter result();

    /**
     * Folds every tensor in pieces, on all cores, with the same bits whatever the number of threads.
     *
     * <p>Tensors that are not floating-point are averaged by the runtime, rounded to the nearest whole number.
     *
     * @throws io.weft.api.plugin.Refusal when a contribution's tensor has another shape; names site and tensor
     */
    void elements(ElementFold fold) throws IOException;

    /** The tensors of one module by their role, for every module that the trait names: an adapter's A with its B. */
    List<Map<String, TensorSpec>> groups(String trait);

    /** Records a value for one module, such as an aggregation error. */
    void report(String module, String metric, double value);
}
