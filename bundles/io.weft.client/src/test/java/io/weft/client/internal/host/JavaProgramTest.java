package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.Outcome;
import io.weft.client.ClientLibrary;
import io.weft.client.NotConnected;
import io.weft.client.Weft;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs on the Client API in Java, in processes of their own, with the program's half of this bundle on their class path. */
@Timeout(300)
class JavaProgramTest {

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    Path root;

    private OneSite site;
    private ClientLibrary library;

    @BeforeEach
    void prepare() throws IOException {
        site = OneSite.in(root);
        library = new Laid(programsHalf(root.resolve("library")));
        try (InputStream source = JavaProgramTest.class.getResourceAsStream("/programs/AddOne.java")) {
            Files.copy(source, site.files().resolve("AddOne.java"));
        }
    }

    /** The classes without the site's half, so that it shows when a program needs more. */
    private static Path programsHalf(Path folder) throws IOException {
        Path classes = Path.of(System.getProperty("basedir", "."), "target", "classes");
        try (Stream<Path> files = Files.walk(classes.resolve("io/weft/client"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.getParent().endsWith("host")) {
                    Path to = folder.resolve(classes.relativize(file).toString());
                    Files.createDirectories(to.getParent());
                    Files.copy(file, to);
                }
            }
        }
        return folder;
    }

    private record Laid(Path folder) implements ClientLibrary {

        @Override
        public String variable() {
            return "CLASSPATH";
        }

        @Override
        public String besides() {
            return "*";
        }
    }

    private ProcessTraining training(String... words) {
        return site.training(
                new FakeJob(Map.of()),
                Stream.concat(Stream.of(JAVA, "-XX:TieredStopAtLevel=1", "AddOne.java"), Stream.of(words))
                        .toList(),
                library);
    }

    @Test
    void trainsAndValidatesFromItsSource() throws IOException {
        try (ProcessTraining training = training()) {
            Outcome trained = site.train(training, 1);
            assertEquals(List.of(7L, 8L, 9L), List.of(trained.steps(), trained.samples(), trained.tokens()));
            assertEquals(Map.of("loss", 0.25), trained.metrics());
            assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());

            assertEquals(
                    Map.of("validation_loss", 1.0), site.validate(training, 2).metrics());
        }
        assertEquals("north train 0 of 3\nnorth validate 1 of 3\nover\n", site.log());
    }

    @Test
    void runsFromAJarThatTravelledWithTheJob() throws IOException {
        pack(compiled(site.files().resolve("AddOne.java")), site.files().resolve("mine.jar"));
        try (ProcessTraining training =
                site.training(new FakeJob(Map.of()), List.of(JAVA, "-XX:TieredStopAtLevel=1", "AddOne"), library)) {
            site.train(training, 1);
            assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
        }
    }

    private Path compiled(Path source) throws IOException {
        Path classes = Files.createDirectories(root.resolve("classes"));
        int problems = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        null,
                        null,
                        "-proc:none",
                        "-cp",
                        library.folder().toString(),
                        "-d",
                        classes.toString(),
                        source.toString());
        assertEquals(0, problems);
        Files.delete(source);
        return classes;
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.list(classes)) {
            for (Path file : files.toList()) {
                out.putNextEntry(new JarEntry(file.getFileName().toString()));
                Files.copy(file, out);
            }
        }
    }

    @Test
    void mayAnswerWithTheDifference() throws IOException {
        try (ProcessTraining training = training("difference")) {
            site.train(training, 1);
            assertArrayEquals(new float[] {2, 3, 4, 5}, site.updated());
        }
    }

    @Test
    void itsFailureIsToldWithoutTheStack() {
        try (ProcessTraining training = training("fail")) {
            String message =
                    assertThrows(Refusal.class, () -> site.train(training, 1)).getMessage();
            assertTrue(
                    message.contains("its last lines: north train 0 of 3 | Exception in thread \"main\" "
                            + "java.lang.IllegalStateException: no records; all"),
                    message);
        }
    }

    @Test
    void aProgramThatNoSiteStartedIsToldSo() {
        assertTrue(assertThrows(NotConnected.class, Weft::init).getMessage().contains("weft simulate JOB"));
    }
}
