package io.weft.tracking.internal;

import io.weft.api.tracking.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** One TensorBoard run for the whole federation and one for each site. */
final class TensorBoardTracking implements Tracking {

    private final Path folder;
    private final InstantSource clock;
    private final SortedMap<Path, EventFile> runs = new TreeMap<>();

    TensorBoardTracking(Path folder, InstantSource clock) {
        this.folder = folder;
        this.clock = clock;
    }

    @Override
    public void scalar(Optional<String> site, String tag, long step, double value) throws IOException {
        // In a folder of their own, no site's name can be that of the federation's run.
        Path run = site.map(folder.resolve("sites")::resolve).orElse(folder.resolve("global"));
        EventFile file = runs.get(run);
        if (file == null) {
            file = EventFile.open(run, clock);
            runs.put(run, file);
        }
        file.scalar(tag, step, value);
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (EventFile file : runs.values()) {
            try {
                file.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
