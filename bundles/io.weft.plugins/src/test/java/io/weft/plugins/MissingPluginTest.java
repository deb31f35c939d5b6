package io.weft.plugins;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.training.CheckpointFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class MissingPluginTest {

    @Test
    void listsWhatThereIsAndWhatWasProbablyMeant() {
        assertEquals(
                "checkpoint format 'hff' is not installed; there are: hf, nemo; did you mean 'hf'?",
                new MissingPlugin(CheckpointFormat.class, "hff", List.of("hf", "nemo")).getMessage());
    }

    @Test
    void saysWhatToDoWhenThereIsNone() {
        assertEquals(
                "checkpoint format 'hf' is not installed; there is none: drop the bundle of one into a plugins folder",
                new MissingPlugin(CheckpointFormat.class, "hf", List.of()).getMessage());
    }
}
