package io.weft.distribution.tests.framework;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** The tests inside the framework: bnd says "No Errors" of a framework in which none ran. */
class ReportsTest {

    @Test
    void testsRanInsideTheFramework() throws Exception {
        Path reports = Path.of(System.getProperty("weft.framework.reports"));
        assertTrue(Files.isDirectory(reports), () -> "there is no folder " + reports);
        List<Path> files;
        try (Stream<Path> all = Files.walk(reports)) {
            files = all.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .toList();
        }
        assertFalse(
                files.isEmpty(),
                () -> "no bundle of tests resolved: the log of the build says why; none in " + reports);
        for (Path file : files) {
            Element suite = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(file.toFile())
                    .getDocumentElement();
            assertTrue(Integer.parseInt(suite.getAttribute("tests")) > 0, () -> "no test ran: " + file);
        }
    }
}
