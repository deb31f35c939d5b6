package io.weft.client.internal.host;

import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A first model whose tensors are all exchanged.
 *
 * @param manifest what is exchanged: all of it
 */
record CheckpointBase(Path path, Partner<CheckpointFormat> format, Manifest manifest) implements Base {

    static CheckpointBase open(JobContext job, TrainingSetup setup, Path path) throws IOException {
        Map<?, ?> model = (Map<?, ?>) setup.job().get("model");
        Partner<CheckpointFormat> format =
                job.partner(CheckpointFormat.class, String.valueOf(model.get("backend")), "model");
        // With a strategy other sites may train without a program, and compare their base with this one's.
        boolean digested = model.containsKey("digest") || setup.job().containsKey("strategy");
        CheckpointBase base = new CheckpointBase(path, format, manifest(format, path, digested));
        base.noteWhatIsLost(job);
        return base;
    }

    private void noteWhatIsLost(JobContext job) {
        List<String> doubles = manifest.tensors().stream()
                .filter(tensor -> tensor.type() == DType.F64)
                .map(TensorSpec::name)
                .toList();
        if (!doubles.isEmpty()) {
            job.note("tensor '" + doubles.get(0) + "'"
                    + (doubles.size() == 1 ? "" : " and " + (doubles.size() - 1) + " more")
                    + " of " + path.getFileName()
                    + (doubles.size() == 1 ? " is" : " are")
                    + " F64; models are exchanged in fp32, and what these numbers have beyond is lost");
        }
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

    @Override
    public List<TensorSpec> handed() {
        return manifest.tensors();
    }

    @Override
    public void write(TensorWriter out) throws IOException {
        try (TensorReader first = format.plugin().open(path)) {
            for (TensorSpec tensor : out.manifest().tensors()) {
                Handover.copy(
                        first, first.manifest().tensor(tensor.name()).orElseThrow(), Optional.empty(), out, tensor);
            }
        }
    }

    @Override
    public void close() {}
}
