package io.weft.api.filter;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Changes a site's update, or refuses it, after training and before it is coded and leaves the site. Whatever a site sends, weights or
 * differences, a filter sees the difference to the model that the site received.
 */
@ConsumerType
public interface UpdateFilter extends Plugin {

    /**
     * Looks at what a job exchanges, before its first round.
     *
     * @param tensors those of which updates consist, with float tensors as fp32
     * @throws io.weft.api.plugin.Refusal when the options do not fit them
     */
    default void check(JobContext job, List<TensorSpec> tensors) {}

    /**
     * Makes what filters the update of one round; the runtime closes it.
     *
     * @param round of which {@link JobContext#random} is to be drawn
     * @param received the model that the site received, as it decoded it; open for as long as the filtering
     */
    Filtering open(JobContext job, int round, TensorReader received) throws IOException;
}
