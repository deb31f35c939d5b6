package io.weft.api.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

    private static final List<String> KNOWN = List.of("lr", "batch", "warmup", "maxLength", "accumulate");

    @ParameterizedTest
    @CsvSource({
        "'',abc,3",
        "abc,'',3",
        "kitten,sitting,3",
        "ca,ac,1",
        "batch,batch,0",
        "flaw,lawn,2",
        "max_length,maxLength,0"
    })
    void countsEdits(String first, String second, int edits) {
        assertEquals(edits, Nearest.distance(first, second));
    }

    @Test
    void namesWhatWasMeant() {
        assertEquals(Optional.of("batch"), Nearest.to("bacth", KNOWN));
        assertEquals(Optional.of("warmup"), Nearest.to("warm_up", KNOWN));
        assertEquals(Optional.of("accumulate"), Nearest.to("acumulat", KNOWN));
    }

    @Test
    void staysSilentWhenNothingIsNear() {
        assertEquals(Optional.empty(), Nearest.to("dropout", KNOWN));
        assertEquals("", Nearest.hint("dropout", KNOWN));
    }
}
