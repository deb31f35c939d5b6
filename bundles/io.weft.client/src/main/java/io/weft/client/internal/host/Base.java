package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.api.training.TrainingSetup;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The job's first model at a site.
 *
 * @param manifest what is exchanged: all of it
 */
record Base(Path path, Partner<CheckpointFormat> format, Manifest manifest) {

    static Base of(JobContext job, TrainingSetup setup) throws IOException {
        String trainer =
                setup.job().get("trainer") instanceof Map<?, ?> section ? String.valueOf(section.get("type")) : "";
        Path path = setup.base()
                .orElseThrow(() -> new Refusal("the trainer " + trainer + " needs a first model: give model.base"));
        Map<?, ?> model = (Map<?, ?>) setup.job().get("model");
        Partner<CheckpointFormat> format =
                job.partner(CheckpointFormat.class, String.valueOf(model.get("backend")), "model");
        // With a strategy other sites may train without a program, and compare their base with this one's.
        boolean digested = model.containsKey("digest") || setup.job().containsKey("strategy");
        return new Base(path, format, manifest(format, path, digested));
    }

    /** What the format says. The digest is taken only where somebody compares it: else the model comes with the job. */
    private static Manifest manifest(Partner<CheckpointFormat> format, Path path, boolean digested) throws IOException {
        try (TensorReader reader = format.plugin().open(path)) {
            Manifest found = reader.manifest();
            if (found.tensors().isEmpty()) {
                throw new Refusal(path + " has no tensors; there is nothing to train");
            }
            return new Manifest(found.layout(), found.tensors(), found.companions(), digested ? digest(path) : "");
        }
    }

    private static String digest(Path path) throws IOException {
        return Files.isDirectory(path) ? Digests.base(path) : Digests.of(path);
    }

    /** Writes it as the first global model. */
    void write(TensorWriter out) throws IOException {
        try (TensorReader first = format.plugin().open(path)) {
            for (TensorSpec tensor : out.manifest().tensors()) {
                Handover.copy(
                        first, first.manifest().tensor(tensor.name()).orElseThrow(), Optional.empty(), out, tensor);
            }
        }
    }
}
