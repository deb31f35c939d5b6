package io.weft.plugins;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundStatesTest {

    private static final TensorSpec MOMENT = TensorSpec.of("moment", DType.F32, Shape.of(1));

    @TempDir
    Path folder;

    private int round = 1;

    private void write(float value) throws IOException {
        try (TensorWriter state = new RoundStates(folder, () -> round).next(List.of(MOMENT))) {
            state.write(MOMENT, 0, new float[] {value}, 1);
            state.commit();
        }
    }

    private Optional<Float> read() throws IOException {
        Optional<TensorReader> committed = new RoundStates(folder, () -> round).committed();
        if (committed.isEmpty()) {
            return Optional.empty();
        }
        try (TensorReader state = committed.get()) {
            float[] value = new float[1];
            state.read(MOMENT, 0, value, 1);
            return Optional.of(value[0]);
        }
    }

    @Test
    void startsWithNothing() throws IOException {
        assertTrue(read().isEmpty());
    }

    @Test
    void givesTheStateOfTheRoundBefore() throws IOException {
        write(1);
        round = 2;
        assertEquals(1, read().orElseThrow());
        write(2);
        round = 3;
        assertEquals(2, read().orElseThrow());
    }

    @Test
    void startsARepeatedRoundFromWhereItStartedTheFirstTime() throws IOException {
        write(1);
        round = 2;
        write(2);
        assertEquals(1, read().orElseThrow(), "round 2 is run again after it had written its state");
        write(2.5f);
        round = 3;
        assertEquals(2.5f, read().orElseThrow());
    }

    @Test
    void keepsOnlyWhatARoundMayStartFrom() throws IOException {
        for (round = 1; round <= 5; round++) {
            write(round);
        }
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }
}
