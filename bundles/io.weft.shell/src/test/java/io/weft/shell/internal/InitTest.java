package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.CheckpointFormat;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetDescription.Lengths;
import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.DatasetDescription.Tokens;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitTest {

    @TempDir
    Path folder;

    private final Recording recording = new Recording();
    private final FakePlugins plugins = new FakePlugins(CheckpointFormat.class, Map.of("folders", new FolderFormat()));
    private final List<DatasetRequest> asked = new ArrayList<>();

    private Optional<String> needed = Optional.empty();
    private Optional<Path> empty = Optional.empty();
    private Lengths lengths = new Lengths(3, 20, 40, 87, 9000);

    @BeforeEach
    void makeBase() throws IOException {
        checkpoint(folder.resolve("base"));
    }

    @Test
    void aJobForSitesNamesTheirDatasets() throws Exception {
        records("sites/north/notes.jsonl", "sites/north/notes-eval.jsonl", "sites/south/notes.jsonl");
        assertEquals(0, init());

        Job job = JobFile.read(folder.resolve("job.yaml"));
        assertEquals(
                new DataSettings("notes", Optional.of("notes-eval"), Optional.empty(), OptionalInt.of(96)),
                job.data().orElseThrow());
        assertEquals("base", job.model().base());
        assertEquals("validation_loss", job.select().orElseThrow().metric());
        assertTrue(recording.out().contains("# 2 sites: north, south\n"), recording.out());
        assertTrue(recording.err().endsWith("\n  weft simulate " + folder.resolve("job.yaml") + "\n"));
        assertEquals(
                List.of(folder.resolve("sites/north/notes.jsonl"), folder.resolve("sites/south/notes.jsonl")),
                asked.get(0).files());
        assertEquals(0, plugins.open());
    }

    @Test
    void aJobForOneFileIsDealtToSites() throws Exception {
        records("glosses.jsonl", "glosses-test.jsonl");
        assertEquals(0, init());

        DataSettings data = JobFile.read(folder.resolve("job.yaml")).data().orElseThrow();
        assertEquals("glosses", data.train());
        assertEquals(Optional.of("glosses-eval"), data.validate());
        assertTrue(recording.err().contains(" --split " + folder.resolve("glosses.jsonl") + ":3\n"), recording.err());
    }

    @Test
    void ofSeveralFilesTheOneCalledTrainIsDealtAndTheOthersAreNamed() throws Exception {
        records("train.jsonl", "extra.jsonl", "validation.jsonl");
        assertEquals(0, init());

        assertEquals(
                "train",
                JobFile.read(folder.resolve("job.yaml")).data().orElseThrow().train());
        assertTrue(recording.out().contains("; not used: extra.jsonl, validation.jsonl\n"), recording.out());
    }

    @Test
    void severalFilesThatCouldBeTrainedOnAreRefused() throws Exception {
        records("north.jsonl", "south.jsonl", "test.jsonl");
        assertRefused("has several files to train on: north.jsonl, south.jsonl; when each is a site's, ");
        Files.delete(folder.resolve("north.jsonl"));
        Files.delete(folder.resolve("south.jsonl"));
        assertRefused("are for validation: test.jsonl; ");
    }

    @Test
    void foldersOfSitesThatLieBesideTheBaseAreRefusedWithTheCommandThatMovesThem() throws Exception {
        records("north/notes.jsonl", "the south/notes.jsonl");
        assertRefused("'mkdir " + folder + "/sites && mv " + folder + "/north '" + folder + "/the south' " + folder
                + "/sites'");
    }

    @Test
    void aSiteWhoseLinesAreNoRecordsIsRefused() throws Exception {
        records("sites/north/notes.jsonl", "sites/south/notes.jsonl");
        empty = Optional.of(folder.resolve("sites/south/notes.jsonl"));
        assertRefused("no record in [" + empty.get() + "]");
    }

    @Test
    void aFolderThatIsNoNameForASiteIsRefused() throws Exception {
        records("sites/far west/notes.jsonl");
        assertRefused("/sites/far west cannot be a site: ");
    }

    @Test
    void theFolderMayBeTheBaseItself() throws Exception {
        Path base = folder.resolve("base");
        Files.createFile(base.resolve("notes.jsonl"));
        assertEquals(0, run(base.toString()), recording.err());
        assertEquals(".", JobFile.read(base.resolve("job.yaml")).model().base());
    }

    @Test
    void commandsToCopyAreQuoted() throws Exception {
        Path home = Files.createDirectory(folder.resolve("a b"));
        Files.createFile(home.resolve("notes.jsonl"));
        run(home.toString(), "--model", folder.resolve("base").toString());
        assertTrue(
                recording.err().contains(" simulate '" + home + "/job.yaml' --split '" + home + "/notes.jsonl:3'\n"),
                recording.err());
    }

    @Test
    void aJobWithoutValidationRecordsSelectsNothing() throws Exception {
        records("sites/north/notes.jsonl");
        init();

        Job job = JobFile.read(folder.resolve("job.yaml"));
        assertEquals(Optional.empty(), job.data().orElseThrow().validate());
        assertEquals(Optional.empty(), job.select());
    }

    @Test
    void theTemplateIsTheOneThatMakesRecords() throws Exception {
        needed = Optional.of("alpaca");
        records("sites/north/notes.jsonl");
        init();

        assertEquals(
                Optional.of("alpaca"),
                JobFile.read(folder.resolve("job.yaml")).data().orElseThrow().template());
    }

    @Test
    void recordsThatAreTooLongAreCutForNineInTen() throws Exception {
        lengths = new Lengths(3, 20, 70, 5000, 9000);
        records("sites/north/notes.jsonl");
        init();

        assertEquals(
                OptionalInt.of(80),
                JobFile.read(folder.resolve("job.yaml")).data().orElseThrow().maxLength());
    }

    @Test
    void aLengthFitsTheModel() throws Exception {
        lengths = new Lengths(3, 20, 4000, 5000, 9000);
        records("sites/north/notes.jsonl");
        init();

        assertEquals(
                OptionalInt.of(100),
                JobFile.read(folder.resolve("job.yaml")).data().orElseThrow().maxLength());
    }

    @Test
    void aBaseMayLieElsewhere() throws Exception {
        Path home = Files.createDirectory(folder.resolve("true"));
        Path elsewhere = folder.resolve("a 'base'");
        checkpoint(elsewhere);
        Files.createDirectories(home.resolve("sites/north"));
        Files.createFile(home.resolve("sites/north/1.jsonl"));
        assertEquals(0, run(home.toString(), "--model", elsewhere.toString()), recording.err());

        Job job = JobFile.read(home.resolve("job.yaml"));
        assertEquals("../a 'base'", job.model().base());
        assertEquals("true", job.name());
        assertEquals("1", job.data().orElseThrow().train());
    }

    @Test
    void anotherJobIsNotOverwritten() throws Exception {
        records("sites/north/notes.jsonl");
        Files.writeString(folder.resolve("job.yaml"), "mine");
        assertRefused("job.yaml is there already");
        assertEquals("mine", Files.readString(folder.resolve("job.yaml")));
    }

    @Test
    void whatIsMissingOrAmbiguousIsRefused() throws Exception {
        assertRefused("there are no records in " + folder);
        records("sites/north/notes.jsonl", "sites/south/letters.jsonl");
        assertRefused("has no ");
        Files.delete(folder.resolve("sites/south/letters.jsonl"));
        assertRefused("south has no notes.jsonl, which other sites have (found: nothing)");
        Files.delete(folder.resolve("sites/south"));
        checkpoint(folder.resolve("models/second"));
        assertRefused("has more than one base: ");
        assertFalse(Files.exists(folder.resolve("job.yaml")));
    }

    @Test
    void aFolderWithoutABaseIsRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.createFile(other.resolve("notes.jsonl"));
        assertEquals(2, run(other.toString()));
        assertTrue(recording.err().contains("there is no base in " + other), recording.err());
        assertEquals(2, run(folder.resolve("none").toString()));
    }

    private void assertRefused(String message) throws InterruptedException {
        assertEquals(2, init());
        assertTrue(recording.err().contains(message), recording.err());
    }

    private int init() throws InterruptedException {
        return run(folder.toString());
    }

    private int run(String... words) throws InterruptedException {
        var command = new Init(new Counted(), plugins);
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }

    private void records(String... files) throws IOException {
        for (String file : files) {
            Path path = folder.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, "x".repeat(file.contains("test") ? 9 : 3));
        }
    }

    private static void checkpoint(Path place) throws IOException {
        Files.createDirectories(place);
        Files.writeString(place.resolve("config.json"), """
                {"model_type": "llama", "hidden_size": 4, "intermediate_size": 6, "num_attention_heads": 1, "vocab_size": 5,
                 "num_hidden_layers": 1, "max_position_embeddings": 100, "tie_word_embeddings": true}""");
        String layer = "model.layers.0.";
        List<TensorSpec> tensors = List.of(
                tensor("model.embed_tokens", 5, 4),
                tensor(layer + "input_layernorm", 4),
                tensor(layer + "self_attn.q_proj", 4, 4),
                tensor(layer + "self_attn.k_proj", 4, 4),
                tensor(layer + "self_attn.v_proj", 4, 4),
                tensor(layer + "self_attn.o_proj", 4, 4),
                tensor(layer + "post_attention_layernorm", 4),
                tensor(layer + "mlp.gate_proj", 6, 4),
                tensor(layer + "mlp.up_proj", 6, 4),
                tensor(layer + "mlp.down_proj", 4, 6),
                tensor("model.norm", 4));
        try (TensorWriter writer = Safetensors.createCheckpoint(place.resolve("model.safetensors"), tensors)) {
            for (TensorSpec tensor : tensors) {
                writer.write(tensor, 0, new float[(int) tensor.elements()], (int) tensor.elements());
            }
            writer.commit();
        }
    }

    private static TensorSpec tensor(String name, long... shape) {
        return TensorSpec.of(name + ".weight", DType.F32, Shape.of(shape));
    }

    private final class Counted implements Datasets {

        @Override
        public List<String> templates() {
            return List.of("alpaca", "other");
        }

        @Override
        public DatasetDescription describe(DatasetRequest request, Optional<Manifest> model) {
            asked.add(request);
            boolean nothing = request.files().equals(empty.stream().toList());
            if (nothing || !request.template().equals(needed)) {
                throw new Refusal("no record in " + request.files());
            }
            return new DatasetDescription(
                    100,
                    99,
                    lengths,
                    Optional.of(new Tokens(1024, lengths, 9000, 0, 0, 0)),
                    new Rendered(Optional.empty(), "text"),
                    List.of());
        }
    }
}
