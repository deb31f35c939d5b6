package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.client.FLModel;
import io.weft.client.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** examples/djl-iris, as it lies in the archive: built with Maven, then run as its README says. */
class DjlExampleTest {

    private static final List<String> SPECIES = List.of("setosa", "versicolor", "virginica");
    private static final int MOST_ADDED_LINES = 6;

    @TempDir
    static Path work;

    private static Workbench workbench;
    private static Path example;

    @BeforeAll
    static void buildIt() throws Exception {
        workbench = Workbench.unpacked();
        example = work.resolve("djl-iris");
        copy(workbench.root().resolve("examples").resolve("djl-iris"), example);
        Path log = work.resolve("maven.log");
        // Without the network: the build itself has had all of it before.
        Process maven = new ProcessBuilder(
                        Path.of(System.getProperty("weft.maven"), "bin", "mvn").toString(),
                        "-B",
                        "-o",
                        "-Dmaven.repo.local=" + System.getProperty("weft.maven.local"),
                        "package")
                .directory(example.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertEquals(0, maven.waitFor(), () -> read(log));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static Map<String, String> environment() {
        return Map.of(
                "CLASSPATH", example.resolve("target/lib") + "/*",
                "PYTORCH_LIBRARY_PATH", System.getProperty("weft.natives") + "/pytorch",
                "PYTORCH_VERSION", "2.7.1",
                "PYTORCH_FLAVOR", "cpu",
                "DJL_OFFLINE", "true",
                "OPT_OUT_TRACKING", "true",
                "PATH", Path.of(System.getProperty("java.home"), "bin") + ":" + System.getenv("PATH"));
    }

    @Test
    void sixAddedLinesMakeTheProgramASitesTrainer() throws IOException {
        List<String> before = stripped("alone");
        List<String> after = new ArrayList<>(stripped("federated"));
        int added = 0;
        for (String line : before) {
            while (!after.isEmpty() && !after.get(0).equals(line)) {
                after.remove(0);
                added++;
            }
            assertTrue(!after.isEmpty(), "'" + line + "' is missing in the federated program");
            after.remove(0);
        }

        assertTrue(added + after.size() <= MOST_ADDED_LINES, added + after.size() + " lines were added");
    }

    private static List<String> stripped(String program) throws IOException {
        return Files.readAllLines(example.resolve(program).resolve("Train.java")).stream()
                .map(String::strip)
                .toList();
    }

    @Test
    void sitesThatKnowTwoSpeciesEachLearnAllThree() throws Exception {
        Path run = work.resolve("run");
        Workbench.Outcome outcome = workbench.run(
                environment(),
                "simulate",
                example.resolve("job.yaml").toString(),
                "--out",
                run.toString(),
                "--home",
                work.resolve("home").toString());
        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());

        double before = accuracy(example.resolve("initial.safetensors"));
        double after = accuracy(run.resolve("result").resolve("model.safetensors"));
        assertTrue(after >= 0.9, "accuracy " + before + " before and " + after + " after");
        assertTrue(outcome.lines().stream().anyMatch(line -> line.startsWith("marsh | accuracy ")), outcome.out());
    }

    /** On the flowers that no site has, computed here: two linear layers, and tanh between them. */
    private static double accuracy(Path model) throws IOException {
        Map<String, Tensor> weights = FLModel.load(model).params();
        List<String> flowers = Files.readAllLines(example.resolve("test.csv"));
        int right = 0;
        for (String flower : flowers.subList(1, flowers.size())) {
            String[] columns = flower.split(",", -1);
            double[] sizes = new double[4];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = Double.parseDouble(columns[i]);
            }
            double[] hidden = linear(weights.get("01Linear_weight"), weights.get("01Linear_bias"), sizes);
            for (int i = 0; i < hidden.length; i++) {
                hidden[i] = Math.tanh(hidden[i]);
            }
            double[] scores = linear(weights.get("03Linear_weight"), weights.get("03Linear_bias"), hidden);
            int best = 0;
            for (int i = 1; i < scores.length; i++) {
                best = scores[i] > scores[best] ? i : best;
            }
            right += SPECIES.get(best).equals(columns[4]) ? 1 : 0;
        }
        return right / (double) (flowers.size() - 1);
    }

    private static double[] linear(Tensor weight, Tensor bias, double[] in) {
        double[] rows = weight.doubles();
        double[] out = bias.doubles();
        for (int row = 0; row < out.length; row++) {
            for (int column = 0; column < in.length; column++) {
                out[row] += rows[row * in.length + column] * in[column];
            }
        }
        return out;
    }
}
