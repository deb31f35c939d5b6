package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.server.JobEvent;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CodingSumsTest {

    @Test
    void sayWhatCodingSavedAndCost() {
        CodingSums sums = new CodingSums();
        sums.add(new JobEvent.Coded(1, "a", true, 8_000_000, 1_130_000, 0.02, 0.004, 0.0913));
        sums.add(new JobEvent.Coded(1, "b", true, 8_000_000, 1_130_000, 0.04, 0.006, 0.0921));

        assertEquals(
                Optional.of(
                        "coded up: 2.3 MB for 16.0 MB (7.1 times fewer), error at most 9.21 %, 30 ms to code and 5 ms to"
                                + " decode a transfer"),
                sums.line("up"));
    }

    @Test
    void sayNothingWhenNothingWasCoded() {
        assertEquals(Optional.empty(), new CodingSums().line("down"));
    }
}
