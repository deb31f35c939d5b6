package io.weft.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProgramTest {

    private static Engine engine;

    @BeforeAll
    static void load() throws IOException {
        engine = Libtorch.load(Path.of(System.getProperty("weft.natives")), 2);
    }

    @Test
    void loadsOnceForAllOfAClassLoader() throws IOException {
        assertSame(engine, Libtorch.load(Path.of("nowhere"), 1));
    }

    @Test
    void callsMethodsWithEveryKindOfArgument() {
        String text = """
                def scaled(x: Tensor, factor: float, negate: bool) -> Tensor:
                  if negate:
                    y = torch.mul(x, -factor)
                  else:
                    y = torch.mul(x, factor)
                  return y
                def sum(xs: List[Tensor], lengths: List[int], n: int) -> List[Tensor]:
                  total = torch.add(xs[0], xs[1])
                  return [torch.add(total, n), self.scaled(total, 0.5, False), torch.slice(total, 0, 0, lengths[1])]
                """;
        try (NDManager manager = engine.newBaseManager();
                Program program = Program.compile(engine, text)) {
            NDArray x = manager.create(new float[] {1, 2});
            NDArray y = manager.create(new float[] {3, 4});

            assertArrayEquals(
                    new float[] {-3, -6},
                    program.tensor(manager, "scaled", x, 3.0, true).toFloatArray());
            var results = program.tensors(manager, "sum", List.of(x, y), new long[] {7, 1}, 10);
            assertArrayEquals(new float[] {14, 16}, results.get(0).toFloatArray());
            assertArrayEquals(new float[] {2, 3}, results.get(1).toFloatArray());
            assertArrayEquals(new float[] {4}, results.get(2).toFloatArray());
        }
    }

    @Test
    void takesGradientsInAProgramThatSwitchesThemOn() {
        String text = """
                def slope(x: Tensor) -> Tensor:
                  leaf = torch.requires_grad_(torch.detach(x), True)
                  torch.set_grad_enabled(True)
                  y = self.cube(leaf)
                  slopes = torch.grad([y], [leaf], annotate(List[Optional[Tensor]], [torch.ones_like(y)]), None, False, False)
                  torch.set_grad_enabled(False)
                  return unchecked_cast(Tensor, slopes[0])
                def cube(x: Tensor) -> Tensor:
                  return torch.mul(torch.mul(x, x), x)
                """;
        try (NDManager manager = engine.newBaseManager();
                Program program = Program.compile(engine, text)) {
            NDArray x = manager.create(new float[] {1, -2, 3});
            assertArrayEquals(
                    new float[] {3, 12, 27}, program.tensor(manager, "slope", x).toFloatArray());
        }
    }

    @Test
    void saysWhereAProgramIsWrong() {
        EngineException wrong = assertThrows(
                EngineException.class,
                () -> Program.compile(engine, "def f(x: Tensor) -> Tensor:\n  return torch.nothing(x)\n"));
        assertEquals(true, wrong.getMessage().contains("nothing"), wrong.getMessage());
    }

    @Test
    void tapeRecordsGradientsThroughOperationsThatDjlLacks() {
        try (NDManager manager = engine.newBaseManager();
                Ops ops = new Ops(engine)) {
            NDArray x = manager.create(new float[] {0f, 1f});
            x.setRequiresGradient(true);
            try (Tape tape = new Tape()) {
                tape.backward(ops.silu(x));
            }
            // d/dx x·σ(x) = σ(x)(1 + x(1 − σ(x))): one half at 0, 0.92767 at 1.
            assertArrayEquals(new float[] {0.5f, 0.92767f}, x.getGradient().toFloatArray(), 1e-5f);
        }
    }

    @Test
    void operationsGiveTheirDefinitions() {
        try (NDManager manager = engine.newBaseManager();
                Ops ops = new Ops(engine)) {
            NDArray x = manager.create(new float[][] {{3f, 4f}});
            NDArray weight = manager.create(new float[] {1f, 2f});
            float rms = (float) Math.sqrt(12.5);
            assertArrayEquals(
                    new float[] {3 / rms, 8 / rms}, ops.rmsNorm(x, weight, 0f).toFloatArray(), 1e-6f);
            assertEquals(
                    Math.log(1 + Math.exp(1)),
                    ops.crossEntropy(x, manager.create(new long[] {0})).getFloat(),
                    1e-6);
            assertArrayEquals(
                    new float[] {-1f, 4f},
                    ops.maskedFill(x, manager.create(new boolean[][] {{true, false}}), -1f)
                            .toFloatArray());
        }
    }
}
