package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.models.ModelCatalogue;
import io.weft.models.SharedModels;
import io.weft.site.catalogue.HomeCatalogue;
import io.weft.tensor.Digests;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueCommandsTest {

    @TempDir
    Path home;

    private final Recording recording = new Recording();

    @BeforeEach
    void aSite() throws IOException {
        Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("records"));
        Files.writeString(home.resolve("records/dolly-1.jsonl"), "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
        Files.writeString(home.resolve("records/dolly-2.jsonl"), "{\"text\":\"c\"}\n");
        Files.writeString(home.resolve("conf/datasets.yaml"), """
                dolly:  {files: [records/dolly-*.jsonl], template: alpaca}
                absent: {files: [records/absent.jsonl]}
                """);
        TensorSpec weight = TensorSpec.of("weight", DType.F32, Shape.of(2, 4));
        Files.createDirectories(home.resolve("models/small"));
        try (TensorWriter out =
                Safetensors.createScratch(home.resolve("models/small/model.safetensors"), List.of(weight))) {
            out.write(weight, 0, new float[8], 8);
            out.commit();
        }
        Files.writeString(home.resolve("conf/models.yaml"), """
                small: {folder: models/small}
                large: {folder: models/large}
                """);
    }

    @Test
    void showsEachDatasetWithItsFirstRecordAndWhyOneCannotBeRead() throws InterruptedException {
        assertEquals(1, datasets());

        assertEquals("""
                name   records  files  size  template  split
                dolly        3      2  39 B  alpaca    –

                first record of dolly
                --- prompt
                define goblet:
                --- completion
                 a glass
                ---
                """, recording.out());
        assertEquals(
                "weft: absent: " + home.resolve("conf/datasets.yaml")
                        + ":2: 'absent' names 'records/absent.jsonl', and there is no such file in " + home
                        + "; put it there, or change the line\n",
                recording.err());
    }

    @Test
    void showsOneDatasetAsAnObject() throws InterruptedException {
        assertEquals(0, datasets("dolly", "--json"));

        assertEquals(
                "{\"name\":\"dolly\",\"records\":3,\"files\":2,\"bytes\":39,\"template\":\"alpaca\","
                        + "\"first\":{\"prompt\":\"define goblet:\",\"completion\":\" a glass\"}}\n",
                recording.out());
    }

    @Test
    void namesTheNearestDataset() throws InterruptedException {
        assertEquals(2, datasets("doly"));

        assertEquals(
                "weft: there is no dataset 'doly' here; did you mean 'dolly'? (there are: absent, dolly)\n",
                recording.err());
    }

    @Test
    void showsEachModelWithItsHashAndWhyOneCannotBeRead() throws InterruptedException, IOException {
        assertEquals(1, models());

        Path folder = home.resolve("models/small");
        assertEquals(
                List.of("small", "8", "32 B", Digests.base(folder), "conf/models.yaml", folder.toString()),
                List.of(recording.out().lines().toList().get(1).split("  +")));
        assertEquals(
                "weft: large: " + home.resolve("conf/models.yaml") + ":2: 'large' is " + home.resolve("models/large")
                        + ", which is neither a folder nor a *.safetensors file; put the model there, or change the line\n",
                recording.err());
    }

    @Test
    void showsOneModelAsAnObject() throws InterruptedException, IOException {
        assertEquals(0, models("small", "--json"));

        Path folder = home.resolve("models/small");
        assertEquals(
                "{\"name\":\"small\",\"parameters\":8,\"bytes\":32,\"digest\":\"" + Digests.base(folder)
                        + "\",\"from\":\"conf/models.yaml\",\"folder\":\"" + folder + "\"}\n",
                recording.out());
    }

    @Test
    void aModelThatCameFromTheServerSaysWithWhichJob() throws InterruptedException, IOException {
        Path own = home.resolve("models/small");
        String digest = Digests.base(own);
        SharedModels shared = SharedModels.of(home);
        for (Path file : Digests.baseFiles(own).values()) {
            Files.copy(file, shared.gather(digest).resolve(file.getFileName()));
        }
        shared.keep(digest, Optional.empty(), "tiny", "notes-1", "lead@example.org", Instant.EPOCH);

        assertEquals(0, models("tiny"));

        assertEquals(
                List.of(
                        "tiny",
                        "8",
                        "32 B",
                        digest,
                        "the server, for job notes-1 of lead@example.org, 1970-01-01 00:00:00",
                        home.resolve("data/models").resolve(digest).toString()),
                List.of(recording.out().lines().toList().get(1).split("  +")));
    }

    @Test
    void aHomeWithoutCataloguesIsToldHowToWriteThem() throws InterruptedException, IOException {
        Files.delete(home.resolve("conf/datasets.yaml"));
        Files.delete(home.resolve("conf/models.yaml"));

        assertEquals(0, datasets());
        assertEquals(0, models());
        assertTrue(recording.err().contains("dolly: {files: [records/dolly-*.jsonl]}"), recording.err());
        assertTrue(recording.err().contains("smollm2: {folder: models/SmolLM2-135M}"), recording.err());
    }

    private int datasets(String... words) throws InterruptedException {
        var command = new ListDatasets(new Fixed(), HomeCatalogue.of(home));
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }

    private int models(String... words) throws InterruptedException {
        var command = new ListModels(
                new FakePlugins(CheckpointFormat.class, Map.of("folder", new FolderFormat())), ModelCatalogue.of(home));
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }

    /** Three records, whatever is asked for. */
    private static final class Fixed implements Datasets {

        @Override
        public List<String> templates() {
            return List.of("alpaca");
        }

        @Override
        public DatasetDescription describe(DatasetRequest request, Optional<Manifest> model) {
            assertEquals(Optional.of("alpaca"), request.template());
            assertEquals(
                    List.of("dolly-1.jsonl", "dolly-2.jsonl"),
                    request.files().stream()
                            .map(file -> file.getFileName().toString())
                            .toList());
            return new DatasetDescription(
                    3,
                    3,
                    new Lengths(1, 1, 1, 1, 3),
                    Optional.empty(),
                    new Rendered(Optional.of("define goblet:"), " a glass"),
                    List.of());
        }
    }
}
