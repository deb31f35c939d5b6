package io.weft.tracking.mlflow.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.tracking.MlflowClient;

/**
 * The runs of one job: one for the whole federation, and one of each site below it. Their ids are kept in files, so that a tracker that is
 * opened again goes on with them.
 */
final class Runs {

    private static final String GLOBAL = "global";

    private final MlflowClient client;
    private final String experiment;
    private final String job;
    private final Path folder;
    private final InstantSource clock;
    private final Map<Path, String> opened = new TreeMap<>();

    Runs(MlflowClient client, String experiment, String job, Path folder, InstantSource clock) {
        this.client = client;
        this.experiment = experiment;
        this.job = job;
        this.folder = folder;
        this.clock = clock;
    }

    /** The id of a site's run, or of the whole federation's. */
    String of(Optional<String> site) throws IOException {
        // In a folder of their own, no site's name can be that of the federation's run.
        Path file = site.map(name -> folder.resolve("sites").resolve(name)).orElse(folder.resolve(GLOBAL));
        String known = opened.get(file);
        if (known != null) {
            return known;
        }
        String id;
        if (Files.exists(file)) {
            id = Files.readString(file, StandardCharsets.UTF_8).strip();
            client.setTerminated(id, RunStatus.RUNNING);
        } else {
            id = create(site);
            keep(file, id);
        }
        opened.put(file, id);
        return id;
    }

    private String create(Optional<String> site) throws IOException {
        CreateRun.Builder run = CreateRun.newBuilder()
                .setExperimentId(experimentId())
                .setStartTime(clock.millis())
                .addTags(
                        tag("mlflow.runName", site.map(name -> job + "/" + name).orElse(job)))
                .addTags(tag("weft.job", job));
        if (site.isPresent()) {
            run.addTags(tag("weft.site", site.get())).addTags(tag("mlflow.parentRunId", of(Optional.empty())));
        }
        return client.createRun(run.build()).getRunId();
    }

    private String experimentId() {
        return client.getExperimentByName(experiment)
                .map(Experiment::getExperimentId)
                .orElseGet(() -> client.createExperiment(experiment));
    }

    private static RunTag tag(String key, String value) {
        return RunTag.newBuilder().setKey(key).setValue(value).build();
    }

    private static void keep(Path file, String id) throws IOException {
        Files.createDirectories(file.getParent());
        Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
        Files.writeString(partial, id + "\n", StandardCharsets.UTF_8);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Marks as finished what was opened: nobody knows whether another round follows. */
    void finish() {
        opened.values().forEach(id -> client.setTerminated(id, RunStatus.FINISHED, clock.millis()));
    }
}
