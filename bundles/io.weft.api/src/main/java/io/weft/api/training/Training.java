package io.weft.api.training;

import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;

/** One job at one site, reopened only when its plugin changed. Used by one thread at a time. */
@ConsumerType
public interface Training extends AutoCloseable {

    /** What this site exchanges; equal at all sites, or the job stops before round 1. */
    Manifest manifest();

    /** Answers {@code submit-model}: writes the first global model. Every site writes the same bytes. */
    void initial(TensorWriter out) throws IOException;

    /**
     * Validates the received model where there is validation data, trains, and writes the trained model.
     *
     * @param update the full trained model; a difference is the runtime's to make
     */
    Outcome train(Task task, TensorReader received, TensorWriter update) throws IOException;

    /** Validates the received model. */
    Outcome validate(Task task, TensorReader received) throws IOException;

    @Override
    void close();
}
