package io.weft.tracking.internal;

import io.weft.api.plugin.Summary;
import io.weft.api.tracking.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** One TensorBoard run for the whole federation and one for each site. */
final class TensorBoardTracking implements Tracking {

    /** A script's tags that begin as ours do, whose steps are rounds, make a run of their own: one curve never mixes two things. */
    private static final Set<String> OWN = Set.of("train/", "validate/", "result/", "transfer/", "aggregate/");

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
        Path run = site.map(this::run).orElse(folder.resolve("global"));
        file(run).scalar(tag, step, value);
    }

    @Override
    public void summary(String site, String tag, long step, Summary value) throws IOException {
        boolean ours = OWN.stream().anyMatch(tag::startsWith);
        file(ours ? run(site).resolve("script") : run(site)).summary(tag, step, value);
    }

    private Path run(String site) {
        return folder.resolve("sites").resolve(site);
    }

    private EventFile file(Path run) throws IOException {
        EventFile file = runs.get(run);
        if (file == null) {
            file = EventFile.open(run, clock);
            runs.put(run, file);
        }
        return file;
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
