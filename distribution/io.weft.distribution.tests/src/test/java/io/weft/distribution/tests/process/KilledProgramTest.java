package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.client.FLModel;
import io.weft.client.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process with server and sites is killed while programs of the job train; they end, and the run comes to the same bytes. */
class KilledProgramTest {

    private static final int ROUNDS = 3;
    private static final long LIMIT_SECONDS = 300;

    private static final String PROGRAM = """
            import io.weft.client.*;
            import java.nio.file.*;
            import java.util.*;
            import java.util.concurrent.CountDownLatch;

            class Train {
                public static void main(String[] arguments) throws Exception {
                    Weft.init();
                    while (Weft.isRunning()) {
                        FLModel received = Weft.receive();
                        System.out.println("round " + received.currentRound() + " in " + ProcessHandle.current().pid());
                        if (received.currentRound() == 1 && !Files.exists(Path.of(arguments[0], "go"))) {
                            new CountDownLatch(1).await();
                        }
                        float[] values = received.params().get("w").floats();
                        for (int i = 0; i < values.length; i++) {
                            values[i] = values[i] * 1.1f + i / 3f + Weft.siteName().length();
                        }
                        Weft.send(FLModel.of(Map.of("w", Tensor.of(values))).steps(values.length));
                    }
                }
            }
            """;

    private static final String JOB = """
            name: programs
            workflow: {rounds: 3}
            model: {backend: weights, base: initial.safetensors}
            trainer: {command: [JAVA, Train.java, "{data}"]}
            """;

    @TempDir
    static Path work;

    private static Workbench workbench;

    @BeforeAll
    static void layTheJob() throws Exception {
        workbench = Workbench.unpacked();
        Files.writeString(
                work.resolve("job.yaml"),
                JOB.replace(
                        "JAVA",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        Files.writeString(work.resolve("Train.java"), PROGRAM);
        FLModel.of(Map.of("w", Tensor.of(new float[] {0, 1, 2, 3, 4}))).save(work.resolve("initial.safetensors"));
        for (String site : List.of("a", "bee")) {
            Files.createDirectories(work.resolve("sites").resolve(site));
        }
    }

    private static void letGo() throws IOException {
        for (String site : List.of("a", "bee")) {
            Path go = work.resolve("sites").resolve(site).resolve("go");
            if (!Files.exists(go)) {
                Files.createFile(go);
            }
        }
    }

    @Test
    void aRunThatIsKilledInARoundComesToTheSameBytes() throws Exception {
        Path killed = work.resolve("killed");
        Set<Long> programs = new HashSet<>();
        try (LiveRun run = workbench.live(
                "simulate", job(), "--out", killed.toString(), "--json", "--home", home(), "--parallel", "2")) {
            while (programs.size() < 2) {
                JsonNode output = run.await("output");
                String line = output.path("line").asText();
                if (line.startsWith("round 1 in ")) {
                    programs.add(Long.parseLong(line.substring("round 1 in ".length())));
                }
            }
            ProcessHandle.of(run.pid()).orElseThrow().destroyForcibly();
            run.end();
        }
        for (long program : programs) {
            ProcessHandle.of(program).ifPresent(KilledProgramTest::awaitEnd);
        }
        assertFalse(Files.exists(killed.resolve("result")), "it was killed before its end");

        letGo();
        finish("simulate", "--resume", killed.toString(), "--home", home());
        Path undisturbed = work.resolve("undisturbed");
        finish("simulate", job(), "--out", undisturbed.toString(), "--home", home());

        for (int round = 0; round <= ROUNDS; round++) {
            String model = "rounds/" + round + "/global.safetensors";
            assertArrayEquals(
                    Files.readAllBytes(undisturbed.resolve(model)), Files.readAllBytes(killed.resolve(model)), model);
        }
        String result = "result/model.safetensors";
        assertArrayEquals(
                Files.readAllBytes(undisturbed.resolve(result)), Files.readAllBytes(killed.resolve(result)), result);
    }

    private static void awaitEnd(ProcessHandle program) {
        program.onExit().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    }

    private static void finish(String... words) throws IOException, InterruptedException {
        Workbench.Outcome outcome = workbench.run(words);
        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
    }

    private static String job() {
        return work.resolve("job.yaml").toString();
    }

    private static String home() {
        return work.resolve("home").toString();
    }
}
