package io.weft.api.plugin;

import java.lang.annotation.Annotation;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A stateless, thread-safe factory that is registered once as an OSGi service under its kind (such as {@code Aggregator})
 * with the service property {@link #NAME}.
 *
 * <p>What a round or a task needs is made by the kind's {@code open(…)} and closed by the runtime. What must outlive a round
 * goes through {@link JobContext#state()}.
 */
@ConsumerType
public interface Plugin {

    /** The service property with the name that job files use, unique within a kind. */
    String NAME = "weft.name";

    /** The annotation interface whose methods are this plugin's options, see {@link Options}. */
    default Class<? extends Annotation> options() {
        return Options.None.class;
    }
}
