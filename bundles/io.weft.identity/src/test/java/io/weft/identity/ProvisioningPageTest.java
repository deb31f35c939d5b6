package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProvisioningPageTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "../../docs/provisioning.md");

    private static final Pattern BLOCK =
            Pattern.compile("(<!-- keys: ?([a-z]*?) ?-->\n)(.*?)(<!-- end -->\n)", Pattern.DOTALL);

    /** With -Dweft.docs=write the tables are written instead of checked. */
    @Test
    void holdsWhatTheCodeDeclares() throws IOException {
        String text = Files.readString(PAGE);
        Map<String, String> tables = tables();
        String expected = BLOCK.matcher(text)
                .replaceAll(block -> Matcher.quoteReplacement(
                        block.group(1) + tables.getOrDefault(block.group(2), "no such section\n") + block.group(4)));

        if ("write".equals(System.getProperty("weft.docs"))) {
            Files.writeString(PAGE, expected);
        } else {
            assertEquals(expected, text, "run mvn -pl bundles/io.weft.identity -am test -Dweft.docs=write");
        }
    }

    private static Map<String, String> tables() {
        var tables = new TreeMap<>(ProjectFile.tables());
        tables.put("rights", Rights.table());
        return tables;
    }

    @Test
    void leavesNoSectionOut() throws IOException {
        var shown = BLOCK.matcher(Files.readString(PAGE))
                .results()
                .map(block -> block.group(2))
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(new TreeSet<>(tables().keySet()), shown);
    }

    @Test
    void showsAProjectFile() throws IOException {
        String text = Files.readString(PAGE);
        int begin = text.indexOf("```yaml\n") + "```yaml\n".length();

        assertEquals(
                "three-clinics",
                ProjectFile.parse(text.substring(begin, text.indexOf("```", begin)), "docs/provisioning.md")
                        .name());
    }
}
