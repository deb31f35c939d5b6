package io.weft.quantizer.bitsandbytes;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.job.Reference;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {

    private static final Path PAGE = Path.of("../../docs/quantization.md");

    @Test
    void thePageHoldsTheOptionsAsTheyAreDeclared() throws IOException {
        Map<String, Class<? extends Annotation>> options =
                Map.of("int8", new Int8().options(), "nf4", new Nf4().options());
        String text = Files.readString(PAGE);
        for (Map.Entry<String, Class<? extends Annotation>> one : options.entrySet()) {
            String table =
                    "<!-- options: " + one.getKey() + " -->\n" + Reference.options(one.getValue()) + "<!-- end -->\n";

            assertTrue(text.contains(table), () -> "docs/quantization.md lacks the table\n" + table);
        }
    }
}
