package io.weft.tracking.internal;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import io.weft.api.tracking.Tracker;
import io.weft.api.tracking.Tracking;
import java.nio.file.Path;
import java.time.InstantSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Writes metrics as event files that {@code tensorboard --logdir} shows. */
@Component(property = Plugin.NAME + "=tensorboard")
public final class TensorBoardTracker implements Tracker {

    private final InstantSource clock;

    @Activate
    public TensorBoardTracker() {
        this(InstantSource.system());
    }

    TensorBoardTracker(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Tracking open(JobContext job, Path folder) {
        return new TensorBoardTracking(folder, clock);
    }
}
