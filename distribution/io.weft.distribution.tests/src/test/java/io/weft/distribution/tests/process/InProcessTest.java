package io.weft.distribution.tests.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.client.FLModel;
import io.weft.client.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program on the Client API as a stranger's plugin, dropped into the home's plugin folder. */
class InProcessTest {

    private static final String PROGRAM = """
            import io.weft.api.plugin.Plugin;
            import io.weft.client.*;
            import java.util.*;
            import org.osgi.service.component.annotations.Component;

            @Component(property = Plugin.NAME + "=adder")
            public final class Adder implements TrainingProgram {
                @Override
                public void run(List<String> arguments) {
                    Weft.init();
                    System.out.println("adding " + arguments.get(0));
                    while (Weft.isRunning()) {
                        float[] values = Weft.receive().params().get("w").floats();
                        for (int i = 0; i < values.length; i++) {
                            values[i] += Float.parseFloat(arguments.get(0));
                        }
                        Weft.send(FLModel.of(Map.of("w", Tensor.of(values))).steps(1).metric("loss", 0.5));
                    }
                }
            }
            """;

    @TempDir
    Path work;

    @Test
    void aProgramThatIsAPluginTrainsInTheSitesProcess() throws Exception {
        Workbench workbench = Workbench.unpacked();
        Path home = work.resolve("home");
        PluginProject.of("adder", workbench.root())
                .type("Adder", PROGRAM)
                .built(Files.createDirectories(work.resolve("build")))
                .dropInto(home.resolve("plugins"), "1.0.0");
        Files.writeString(work.resolve("job.yaml"), """
                name: adder
                workflow: {rounds: 3}
                model: {backend: weights, base: initial.safetensors}
                trainer: {type: in-process, program: adder, arguments: ["2"]}
                """);
        FLModel.of(Map.of("w", Tensor.of(new float[] {0, 1}))).save(work.resolve("initial.safetensors"));
        for (String site : List.of("a", "b", "c")) {
            Files.createDirectories(work.resolve("sites").resolve(site));
        }
        Path run = work.resolve("run");

        Workbench.Outcome outcome = workbench.run(
                "simulate", work.resolve("job.yaml").toString(), "--out", run.toString(), "--home", home.toString());

        assertEquals(0, outcome.exit(), outcome.out() + outcome.err());
        Tensor result = FLModel.load(run.resolve("result").resolve("model.safetensors"))
                .params()
                .get("w");
        assertArrayEquals(new float[] {6, 7}, result.floats());
        for (String site : List.of("a", "b", "c")) {
            Path log = run.resolve("sites").resolve(site).resolve("work").resolve("trainer.log");
            assertEquals(List.of("adding 2"), Files.readAllLines(log), site);
        }
    }
}
