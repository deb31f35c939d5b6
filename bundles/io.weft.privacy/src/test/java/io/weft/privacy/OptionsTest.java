package io.weft.privacy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.job.Reference;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OptionsTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "../../docs/job-file.md");

    /** With -Dweft.docs=write the tables are written instead of checked. */
    @Test
    void thePageHoldsTheOptionsAsTheyAreDeclared() throws IOException {
        Map<String, Class<? extends Annotation>> options =
                Map.of("clip", new Clip().options(), "exclude", new Exclude().options());
        String text = Files.readString(PAGE);
        String expected = text;
        for (Map.Entry<String, Class<? extends Annotation>> one : options.entrySet()) {
            String begin = "<!-- options: " + one.getKey() + " -->\n";
            expected = Pattern.compile(Pattern.quote(begin) + "(.*?)<!-- end -->\n", Pattern.DOTALL)
                    .matcher(expected)
                    .replaceAll(Matcher.quoteReplacement(begin + Reference.options(one.getValue()) + "<!-- end -->\n"));
        }

        if ("write".equals(System.getProperty("weft.docs"))) {
            Files.writeString(PAGE, expected);
        } else {
            assertEquals(expected, text, "run mvn -pl bundles/io.weft.privacy -am test -Dweft.docs=write");
        }
    }
}
