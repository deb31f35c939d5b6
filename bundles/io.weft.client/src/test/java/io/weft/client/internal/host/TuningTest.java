package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TuningTest {

    @Test
    void whatWeftSetIsTakenBackAndWhatTheUserSetStays() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "WEFT_TUNED", " OMP_WAIT_POLICY MALLOC_ARENA_MAX",
                "OMP_WAIT_POLICY", "passive",
                "MALLOC_ARENA_MAX", "1",
                "MALLOC_TOP_PAD_", "4096"));

        Tuning.removeFrom(environment);

        assertEquals(Map.of("MALLOC_TOP_PAD_", "4096"), environment);
    }

    @Test
    void anEnvironmentWithoutItStaysAsItIs() {
        Map<String, String> environment = new HashMap<>(Map.of("PATH", "/bin"));

        Tuning.removeFrom(environment);

        assertEquals(Map.of("PATH", "/bin"), environment);
    }
}
