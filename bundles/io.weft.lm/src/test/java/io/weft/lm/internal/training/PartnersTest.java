package io.weft.lm.internal.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.api.testing.TestJob;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PartnersTest {

    @Test
    void twoThatAreMissingAreToldTogether() {
        Refusal refusal = assertThrows(Refusal.class, () -> Partners.of(new TestJob(Map.of()), "gguf", "prefix"));
        assertEquals(
                "in this test there is no CheckpointFormat 'gguf'; and in this test there is no TuningStrategy 'prefix'",
                refusal.getMessage());
    }
}
