package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.job.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageSettingsTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "../../docs/status-page.md");

    private static final Pattern BLOCK =
            Pattern.compile("(<!-- keys: status-page -->\n)(.*?)(<!-- end -->\n)", Pattern.DOTALL);

    @TempDir
    Path home;

    @Test
    void withoutAFileThePageIsBesideTheServer() {
        assertEquals(new PageSettings(true, 8444), PageSettings.of(home, 8443));
        assertEquals(new PageSettings(true, 65534), PageSettings.of(home, 65535));
    }

    @Test
    void aFileSaysWhereAndWhether() throws Exception {
        assertEquals(new PageSettings(true, 9000), saying("port: 9000"));
        assertEquals(new PageSettings(false, 8444), saying("serve: false"));
        assertEquals(new PageSettings(true, 8444), saying("# nothing"));
    }

    @Test
    void whatIsWrongIsRefusedWithItsLine() {
        Refusal port = assertThrows(Refusal.class, () -> saying("serve: true\nport: 70000"));
        assertEquals(
                home.resolve("conf/status-page.yaml") + ":2: port is 70000; allowed: a whole number from 0 to 65535",
                port.getMessage());
        assertThrows(Refusal.class, () -> saying("ports: 80"));
    }

    /** With -Dweft.docs=write the table is written instead of checked. */
    @Test
    void theManualHasTheKeys() throws IOException {
        String text = Files.readString(PAGE);
        String table = Reference.tables(PageSettings.FORM).get("");
        String expected = BLOCK.matcher(text)
                .replaceAll(block -> Matcher.quoteReplacement(block.group(1) + table + block.group(3)));

        if ("write".equals(System.getProperty("weft.docs"))) {
            Files.writeString(PAGE, expected);
        } else {
            assertEquals(expected, text, "run mvn -pl bundles/io.weft.server.status -am test -Dweft.docs=write");
        }
        assertEquals(1, BLOCK.matcher(text).results().count());
    }

    private PageSettings saying(String text) throws IOException {
        Files.writeString(Files.createDirectories(home.resolve("conf")).resolve(PageSettings.FILE), text);
        return PageSettings.of(home, 8443);
    }
}
