package io.weft.tracking.mlflow.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.plugin.Refusal;
import io.weft.api.tracking.Tracker;
import io.weft.api.tracking.Tracking;
import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.mlflow.tracking.MlflowClient;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Sends metrics to an MLflow tracking server (https://mlflow.org/docs/latest/rest-api.html). */
@Component(property = Plugin.NAME + "=mlflow")
public final class MlflowTracker implements Tracker {

    private static final String ADDRESS = "MLFLOW_TRACKING_URI";

    private final Map<String, String> environment;
    private final InstantSource clock;

    @Activate
    public MlflowTracker() {
        this(System.getenv(), InstantSource.system());
    }

    MlflowTracker(Map<String, String> environment, InstantSource clock) {
        this.environment = Map.copyOf(environment);
        this.clock = clock;
    }

    @Override
    public Class<? extends Annotation> options() {
        return MlflowOptions.class;
    }

    @Override
    public Tracking open(JobContext job, Path folder) {
        MlflowOptions options = job.options(MlflowOptions.class);
        MlflowClient client = new MlflowClient(address(options));
        return new MlflowTracking(client, new Runs(client, options.experiment(), job.job(), folder, clock), clock);
    }

    private String address(MlflowOptions options) {
        String given = options.uri().isEmpty() ? environment.getOrDefault(ADDRESS, "") : options.uri();
        if (!given.startsWith("http://") && !given.startsWith("https://")) {
            throw new Refusal((given.isEmpty() ? "it is not told" : "'" + given + "' does not say")
                    + " where the tracking server is; give the tracker a uri, or set " + ADDRESS
                    + ", such as http://localhost:5000");
        }
        return given;
    }
}
