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
import java.util.stream.Stream;
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
