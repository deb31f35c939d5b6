package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompanionPathsTest {

    private static final Path FOLDER = Path.of("result");

    @Test
    void lieInTheModelsFolder() {
        assertEquals(Path.of("result", "onnx", "config.json"), CompanionPaths.inside(FOLDER, "onnx/config.json"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/etc/passwd", "../job.yaml", "a/../../b", "a//b", ".", "a\\..\\b", "C:x", "a\nb"})
    void leadNowhereElse(String path) {
        assertThrows(Refusal.class, () -> CompanionPaths.inside(FOLDER, path));
    }
}
