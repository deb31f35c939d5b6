package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.TrainingSetup;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.models.ModelCatalogue;
import io.weft.models.SharedModels;
import io.weft.server.Alarm;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.server.SharedBases;
import io.weft.site.Admission;
import io.weft.site.ComputeSlots;
import io.weft.site.ProgramPolicy;
import io.weft.site.Site;
import io.weft.site.SiteSetup;
import io.weft.site.catalogue.HomeCatalogue;
import io.weft.tensor.Digests;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job that shares the server's base, at a site that has one of that name and at one that has none. */
@Timeout(300)
class SharedBaseTest {

    private static final URI ADDRESS = URI.create("local:shared-base");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path root;

    private final Map<String, Path> found = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    private final FakePlugins plugins = new FakePlugins(new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
        @Override
        protected void opened(String site, TrainingSetup setup) {
            found.put(site, setup.base().orElseThrow());
        }

        @Override
        protected String digest(String site) {
            try {
                return Digests.base(found.get(site));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    });

    private final Map<String, Path> beside = new ConcurrentHashMap<>();

    private Path base;
    private String digest;

    @BeforeEach
    void laysABaseAtTheServer() throws Exception {
        base = Files.createDirectories(root.resolve("server/models/small"));
        Files.writeString(base.resolve("config.json"), "{}\n");
        Files.writeString(base.resolve("README.md"), "not a part of it\n");
        weights(base.resolve("model.safetensors"));
        digest = Digests.base(base);
    }

    private static void weights(Path file) throws IOException {
        List<TensorSpec> tensors = FakeTrainer.twoTensors(DType.F32);
        try (TensorWriter out = Safetensors.createCheckpoint(file, tensors)) {
            for (TensorSpec tensor : tensors) {
                for (long at = 0; at < tensor.elements(); at++) {
                    out.write(tensor, at, new float[] {at}, 1);
                }
            }
            out.commit();
        }
    }

    private SharedBases bases() {
        return name -> {
            asked.incrementAndGet();
            return name.equals("small")
                    ? Optional.of(new SharedBases.SharedBase(digest, true, offered()))
                    : Optional.empty();
        };
    }

    private SortedMap<String, Path> offered() throws IOException {
        SortedMap<String, Path> files = new TreeMap<>(Digests.baseFiles(base));
        files.putAll(beside);
        return files;
    }

    private Path home(String site) throws IOException {
        Path home = root.resolve(site);
        Files.createDirectories(home.resolve("conf"));
        Files.write(Files.createDirectories(home.resolve("records")).resolve("numbers.jsonl"), List.of("1", "2"));
        Files.writeString(home.resolve("conf/datasets.yaml"), "numbers: {files: [records/numbers.jsonl]}\n");
        return home;
    }

    private Site join(String name, Admission admission) throws IOException, InterruptedException {
        Path home = home(name);
        SiteSetup setup = new SiteSetup(
                name,
                home.resolve("data/jobs"),
                HomeCatalogue.of(home),
                new ComputeSlots(1),
                PATIENCE,
                job -> home.resolve("data/programs"),
                ProgramPolicy.NONE,
                admission,
                false);
        return Site.join(setup, plugins, "local", ADDRESS);
    }

    private JobResult run(String id, String model, Admission south) throws Exception {
        Job job = JobFile.parse("""
                name: numbers
                workflow: {rounds: 1}
                model: {backend: fake, %s}
                trainer: fake
                data: {train: numbers}
                """.formatted(model), "job.yaml");
        JobRequest request = new JobRequest(
                id,
                job,
                "job.yaml",
                root.resolve(id),
                List.of("north", "south"),
                new TreeMap<>(),
                false,
                new JobRequest.Carried(Optional.empty(), new TreeMap<>(), bases()),
                new Message.Submitter("lead@example.org", "north", "lead"));
        Path own = home("north");
        Files.writeString(own.resolve("conf/models.yaml"), "small: {folder: '" + base + "'}\n");
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(plugins, "local", ADDRESS, alarm, PATIENCE);
                Site first = join("north", Admission.OF_ALL);
                Site second = join("south", south)) {
            return server.run(request, event -> {}, new Cancellation());
        }
    }

    private void finished(String id, String model) throws Exception {
        JobResult result = run(id, model, Admission.OF_ALL);
        assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
    }

    private String refused(String model, Admission south) {
        return assertThrows(Refusal.class, () -> run("refused", model, south)).getMessage();
    }

    private Path partial() throws IOException {
        return Files.createDirectories(root.resolve("south/data/models/." + digest + ".partial"));
    }

    private void isWhole() throws IOException {
        Path kept = root.resolve("south/data/models").resolve(digest);
        assertEquals(kept, found.get("south"));
        assertEquals(digest, Digests.base(kept));
        try (Stream<Path> files = Files.list(kept)) {
            assertEquals(
                    List.of("config.json", "model.safetensors"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
        assertFalse(Files.exists(root.resolve("south/data/models/." + digest + ".partial")));
    }

    @Test
    void aSiteWithoutTheBaseGetsTheServersAndKeepsIt() throws Exception {
        finished("first", "base: small, share: true");

        isWhole();
        assertEquals(base, found.get("north"), "who has one uses it");
        SharedModels.SharedModel listed =
                ModelCatalogue.of(root.resolve("south")).shared().all().get(0);
        assertEquals(
                List.of("small", digest, "first", "lead@example.org"),
                List.of(listed.name(), listed.digest(), listed.job(), listed.submitter()));
        assertEquals(1, asked.get());

        Path weights = root.resolve("south/data/models").resolve(digest).resolve("model.safetensors");
        Object before = Files.readAttributes(weights, "lastModifiedTime,fileKey");
        finished("second", "base: small, share: true, digest: " + digest);

        assertEquals(before, Files.readAttributes(weights, "lastModifiedTime,fileKey"), "it came once");
    }

    @Test
    void whatAFormerAttemptLeftIsGoneOnFromWhereItIsThatOfTheFile() throws Exception {
        byte[] whole = Files.readAllBytes(base.resolve("model.safetensors"));
        Path left = partial().resolve("model.safetensors");
        Files.write(left, Arrays.copyOf(whole, whole.length / 3));
        Object file = Files.getAttribute(left, "unix:ino");

        finished("first", "base: small, share: true");

        isWhole();
        Path kept = found.get("south").resolve("model.safetensors");
        assertArrayEquals(whole, Files.readAllBytes(kept));
        assertEquals(file, Files.getAttribute(kept, "unix:ino"), "the same file, gone on with");
    }

    @Test
    void whatAFormerAttemptLeftIsDroppedWhereItIsAnothers() throws Exception {
        Files.write(partial().resolve("model.safetensors"), new byte[5000]);

        finished("first", "base: small, share: true");

        isWhole();
    }

    @Test
    void aJobThatSharesNothingIsRefusedWithWhatToDo() {
        String refusal = refused("base: small", Admission.OF_ALL);

        assertTrue(refusal.contains("site 'south': job.yaml:3: there is no base 'small' in "), refusal);
        assertTrue(refusal.contains("add 'small: {folder: PATH}' there"), refusal);
        assertTrue(refusal.contains("model.share: true"), refusal);
    }

    @Test
    void aSiteMayRefuseWhatIsShared() {
        Admission unwilling = new Admission() {
            @Override
            public void admit(Message.Prepare prepare, Job job, Consumer<String> waits, Cancellation cancellation) {}

            @Override
            public Optional<String> objectionToSharedModels() {
                return Optional.of("conf/policy.yaml:1: sharedModels is false");
            }
        };

        String refusal = refused("base: small, share: true", unwilling);

        assertTrue(refusal.contains("site 'south': conf/policy.yaml:1: sharedModels is false; add 'small:"), refusal);
        assertFalse(Files.exists(root.resolve("south/data/models")));
    }

    @Test
    void aBaseThatTheServerLacksTooIsRefusedForBoth() {
        String refusal = refused("base: large, share: true", Admission.OF_ALL);

        assertTrue(refusal.contains("the server has no base 'large' in its conf/models.yaml"), refusal);
    }

    @Test
    void aBaseWithAnotherDigestThanTheJobsIsNotSent() {
        String wanted = digest;
        digest = "e".repeat(64);

        String refusal = refused("base: small, share: true, digest: " + wanted, Admission.OF_ALL);

        assertTrue(
                refusal.contains("the server's base 'small' has the digest " + digest
                        + ", and the job's model.digest is " + wanted),
                refusal);
        assertFalse(Files.exists(root.resolve("south/data/models")));
    }

    @Test
    void whatIsNotWhatWasPromisedIsNotKept() {
        digest = "f".repeat(64);

        String refusal = refused("base: small, share: true", Admission.OF_ALL);

        assertTrue(refusal.contains("was promised"), refusal);
        assertFalse(Files.exists(root.resolve("south/data/models").resolve(digest)));
    }

    @Test
    void whatTheContentHashIsNotOfIsNotKept() throws Exception {
        beside.put("setup.py", base.resolve("README.md"));

        finished("first", "base: small, share: true");

        isWhole();
    }

    @Test
    void filesInFoldersAreNoBase() {
        beside.put("../../conf/policy.yaml", base.resolve("README.md"));

        String refusal = refused("base: small, share: true", Admission.OF_ALL);

        assertTrue(refusal.contains("with a file '../../conf/policy.yaml' of 17 bytes"), refusal);
        assertFalse(Files.exists(root.resolve("south/data/models")));
        assertFalse(Files.exists(root.resolve("south/conf/policy.yaml")));
    }
}
