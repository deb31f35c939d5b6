package io.weft.plugins.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginFile;
import io.weft.plugins.PluginService;
import io.weft.plugins.PluginState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class WhyNotTest {

    /** Where bnd puts the description of {@link PluginSource}'s component. */
    private static final String DESCRIPTION = "OSGI-INF/test.median.PluginMedian.xml";

    @TempDir
    Path root;

    private PluginRuntime runtime;

    @BeforeEach
    void start() throws Exception {
        runtime = PluginRuntime.start(root);
    }

    @AfterEach
    void stop() throws Exception {
        runtime.close();
    }

    @Test
    void aPlainJar() throws Exception {
        drop("helper.jar", jar("org/helper/Helper.class"));

        assertInactive(
                "it is a plain jar: its manifest has no Bundle-SymbolicName; embed it in the plugin that needs it, or build"
                        + " it with bnd",
                "helper.jar");
    }

    @Test
    void noJarAtAll() throws Exception {
        drop("notes.txt", "notes".getBytes(StandardCharsets.UTF_8));
        Files.createDirectories(runtime.home().resolve("unpacked"));

        assertInactive("its name does not end in .jar", "notes.txt");
        assertInactive("it is a folder; only jars that lie here directly count", "unpacked");
    }

    @Test
    void theFileThatExplainsTheFolderIsNoPluginThatFailed() throws Exception {
        drop("README.md", "put plugins here".getBytes(StandardCharsets.UTF_8));
        drop("notes.txt", "notes".getBytes(StandardCharsets.UTF_8));

        assertInactive("its name does not end in .jar", "notes.txt");
        assertFalse(runtime.lists("README.md"));
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aPipeThatNobodyWritesInto() throws Exception {
        Path pipe = root.resolve("pipe.jar");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Files.move(pipe, runtime.home().resolve("pipe.jar"));

        assertInactive("it is a pipe, a socket or a device, which cannot be a jar", "pipe.jar");

        // Nor is it searched for a package that another one lacks.
        PluginSource.aggregator("median", "one")
                .header("Import-Package", "org.helper,*")
                .dropInto(runtime.home());
        assertReason("it needs the package org.helper, which no bundle exports; embed it", "median.jar");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aLink() throws Exception {
        Path jar = PluginSource.aggregator("median", "one").dropInto(root.resolve("elsewhere"));
        Files.createSymbolicLink(runtime.home().resolve("median.jar"), jar);
        runtime.leaseOf("median", "one").close();

        Files.createSymbolicLink(runtime.home().resolve("nothing.jar"), root.resolve("nowhere.jar"));

        assertInactive("it is a link to what is not there, or may not be read", "nothing.jar");
    }

    @Test
    void anExport() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("-exportcontents", "test.median")
                .dropInto(runtime.home());

        assertInactive(
                "test.median exports test.median; a plugin bundle exports nothing, because whoever imported it could not be"
                        + " parted from it: make the package private",
                "median.jar");
    }

    @Test
    void anExportOfTheApi() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("-exportcontents", "io.weft.api.plugin;version=1.0")
                .header("-privatepackage", "test.median,io.weft.api.plugin")
                .dropInto(runtime.home());

        assertInactive(
                "test.median exports io.weft.api.plugin, which only Weft itself may; import it (Maven: io.weft.api in scope"
                        + " provided)",
                "median.jar");
    }

    @Test
    void anEmbeddedApi() throws Exception {
        PluginSource.aggregator("median", "one")
                .file("io/weft/api/plugin/Plugin.class", new byte[0])
                .dropInto(runtime.home());

        assertInactive(
                "test.median embeds io.weft.api (io/weft/api/plugin/Plugin.class), so its plugins would be of another type"
                        + " than Weft's; import it (Maven: io.weft.api in scope provided)",
                "median.jar");
    }

    @Test
    void anEmbeddedApiInAJarInTheJar() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("Bundle-ClassPath", ".,lib/api.jar")
                .file("lib/api.jar", jar("io/weft/api/plugin/Plugin.class"))
                .dropInto(runtime.home());

        assertReason("(lib/api.jar!/io/weft/api/plugin/Plugin.class)", "median.jar");
    }

    @Test
    void aFragment() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("Fragment-Host", "test.host")
                .dropInto(runtime.home());

        assertReason("test.median is a fragment", "median.jar");
    }

    @Test
    void aMissingPackage() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("Import-Package", "org.helper;version=\"[1.2,2)\",*")
                .dropInto(runtime.home());

        assertInactive(
                "it needs the package org.helper [1.2.0,2.0.0), which no bundle exports; embed it (bnd: -conditionalpackage:"
                        + " org.helper)",
                "median.jar");
    }

    @Test
    void aMissingPackageThatAPlainJarBesideItHas() throws Exception {
        drop("helper.jar", jar("org/helper/Helper.class"));
        listed("helper.jar");
        PluginSource.aggregator("median", "one")
                .header("Import-Package", "org.helper,*")
                .dropInto(runtime.home());

        assertReason(
                "it needs the package org.helper, which no bundle exports; helper.jar has it, but it is a plain jar",
                "median.jar");
    }

    @Test
    void anotherVersionOfTheApi() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("Import-Package", "io.weft.api.aggregation;version=\"[2.0,3)\",*")
                .dropInto(runtime.home());

        assertInactive(
                "it wants the API io.weft.api.aggregation [2.0.0,3.0.0), and there is 1.0.0 of org.apache.felix.framework:"
                        + " build it against this Weft's io.weft.api",
                "median.jar");
        assertEquals(
                "aggregator 'median' is not installed; median.jar has it, but it wants the API io.weft.api.aggregation"
                        + " [2.0.0,3.0.0), and there is 1.0.0 of org.apache.felix.framework: build it against this Weft's"
                        + " io.weft.api",
                assertThrows(MissingPlugin.class, () -> runtime.lease("median")).getMessage());
    }

    @Test
    void aNewerJava() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=99))\"")
                .dropInto(runtime.home());

        assertReason(
                "it needs Java 99, and this is Java " + Runtime.version().feature() + "; compile it for that",
                "median.jar");
    }

    @Test
    void aMissingBundle() throws Exception {
        PluginSource.aggregator("median", "one")
                .header("Require-Bundle", "org.helper;bundle-version=\"[1.0,2.0)\"")
                .dropInto(runtime.home());

        assertReason("it requires the bundle org.helper [1.0.0,2.0.0), which is not installed", "median.jar");
    }

    @Test
    void aComponentThatWaits() throws Exception {
        PluginSource.aggregator("median", "one")
                .body("@Reference(target = \"(size=big)\") java.util.concurrent.Executor executor;")
                .dropInto(runtime.home());

        assertInactive(
                "component PluginMedian waits for a service java.util.concurrent.Executor (size=big), which no bundle"
                        + " registers",
                "median.jar");
    }

    @Test
    void nothingThatWeftKnows() throws Exception {
        PluginSource.aggregator("median", "one").component("").dropInto(runtime.home());

        assertInactive("it registers no plugin: no component of it has the property weft.name", "median.jar");
    }

    @Test
    void aDescriptionThatIsNoXml() throws Exception {
        PluginSource.aggregator("median", "one")
                .file(DESCRIPTION, "<component>\n<provide interface=".getBytes(StandardCharsets.UTF_8))
                .dropInto(runtime.home());

        assertReason("its component description " + DESCRIPTION + " cannot be read: line 2: ", "median.jar");
        assertReason("; build it with bnd", "median.jar");
    }

    @Test
    void aPluginWhoseDescriptionBreaksAfterItsNameIsStillKnownByIt() throws Exception {
        String begun = "<component name='x'><property name='weft.name' value='median'/>"
                + "<service><provide interface='io.weft.api.aggregation.Aggregator'/></service>";
        PluginSource.aggregator("median", "one")
                .file(DESCRIPTION, begun.getBytes(StandardCharsets.UTF_8))
                .dropInto(runtime.home());
        listed("median.jar");

        String message =
                assertThrows(MissingPlugin.class, () -> runtime.lease("median")).getMessage();
        assertTrue(
                message.startsWith(
                        "aggregator 'median' is not installed; median.jar has it, but its component description "
                                + DESCRIPTION + " cannot be read: line 1: "),
                message);
    }

    @Test
    void aDescriptionThatIsNotThere() throws Exception {
        PluginSource.aggregator("median", "one")
                .component("")
                .header("-dsannotations", "!*")
                .header("Service-Component", "OSGI-INF/gone.xml")
                .header("-fixupmessages", "OSGI-INF/gone.xml")
                .dropInto(runtime.home());

        assertInactive(
                "its manifest names the component description OSGI-INF/gone.xml, which is not in the jar; build it with bnd",
                "median.jar");
    }

    @Test
    void aDescriptionThatDeclarativeServicesDoesNotTake() throws Exception {
        String unlawful = "<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='x'>"
                + "<property name='weft.name' value='median'/>"
                + "<service><provide interface='io.weft.api.aggregation.Aggregator'/></service></scr:component>";
        PluginSource.aggregator("median", "one")
                .file(DESCRIPTION, unlawful.getBytes(StandardCharsets.UTF_8))
                .dropInto(runtime.home());

        assertInactive(
                "its description of aggregator 'median' is none that Declarative Services takes, the log says why; build it"
                        + " with bnd",
                "median.jar");
    }

    @Test
    void aComponentWhoseClassIsNotInTheJar() throws Exception {
        String elsewhere = "<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='test.median.Gone'>"
                + "<implementation class='test.median.Gone'/><property name='weft.name' value='median'/>"
                + "<service><provide interface='io.weft.api.aggregation.Aggregator'/></service></scr:component>";
        PluginSource.aggregator("median", "one")
                .file(DESCRIPTION, elsewhere.getBytes(StandardCharsets.UTF_8))
                .dropInto(runtime.home());

        String reason = "component Gone cannot start: its class test.median.Gone is not in the jar; build it with bnd";
        assertInactive(reason, "median.jar");
        PluginService service = runtime.services("median").get(0);
        assertEquals(PluginState.INACTIVE, service.state());
        assertEquals(reason, service.reason());
        assertEquals(
                "aggregator 'median' is not installed; median.jar has it, but " + reason,
                assertThrows(MissingPlugin.class, () -> runtime.lease("median")).getMessage());
    }

    @Test
    void aConstructorThatFailsIsToldOnceItWasTried() throws Exception {
        PluginSource.aggregator("median", "one")
                .body("public PluginMedian() { throw new IllegalStateException(\"no luck\"); }")
                .dropInto(runtime.home());
        assertEquals(PluginState.ACTIVE, listed("median.jar").state());

        assertThrows(MissingPlugin.class, () -> runtime.lease("median"));

        assertReason("component PluginMedian failed to start: ", "median.jar");
        assertReason("no luck", "median.jar");
        assertEquals(PluginState.INACTIVE, runtime.services("median").get(0).state());
    }

    @Test
    void anActivatorThatFails() throws Exception {
        PluginSource.aggregator("median", "one")
                .source("test.median.Start", """
                        package test.median;
                        public final class Start implements org.osgi.framework.BundleActivator {
                            @Override public void start(org.osgi.framework.BundleContext context) {
                                throw new IllegalStateException("no luck");
                            }
                            @Override public void stop(org.osgi.framework.BundleContext context) {}
                        }
                        """)
                .header("Bundle-Activator", "test.median.Start")
                .dropInto(runtime.home());

        assertReason("no luck", "median.jar");
    }

    @Test
    void aBundleWhoseManifestIsBroken() throws Exception {
        drop("median.jar", jar("META-INF/MANIFEST.MF", "Bundle-SymbolicName: x\nno header\n"));

        assertReason("it cannot be read: invalid header field", "median.jar");
    }

    @Test
    void aVersionThatIsNone() throws Exception {
        drop(
                "median.jar",
                jar(
                        "META-INF/MANIFEST.MF",
                        "Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: x\nBundle-Version: one.two\n"));

        assertReason("one.two", "median.jar");
        assertReason("mend its manifest, or build it with bnd", "median.jar");
    }

    @Test
    void allItIsToldOfAnActivePlugin() throws Exception {
        PluginSource.aggregator("median", "one").version("1.2.3").dropInto(runtime.home());

        PluginFile file = listed("median.jar");
        assertEquals(PluginState.ACTIVE, file.state());
        assertEquals("test.median", file.bundle());
        assertEquals("1.2.3", file.version());
        assertEquals("", file.reason());
        assertEquals(64, file.sha256().length());
    }

    private PluginFile listed(String name) throws InterruptedException {
        runtime.until(() -> runtime.lists(name));
        return runtime.file(name);
    }

    private void assertInactive(String reason, String name) throws InterruptedException {
        PluginFile file = listed(name);
        assertEquals(reason, file.reason());
        assertEquals(PluginState.INACTIVE, file.state());
    }

    private void assertReason(String part, String name) throws InterruptedException {
        PluginFile file = listed(name);
        assertTrue(file.reason().contains(part), file.reason());
        assertEquals(PluginState.INACTIVE, file.state());
    }

    private void drop(String name, byte[] content) throws IOException {
        Path file = Files.write(root.resolve(name), content);
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        Files.move(file, runtime.home().resolve(name));
    }

    private static byte[] jar(String entry) throws IOException {
        return jar(entry, "");
    }

    private static byte[] jar(String entry, String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream jar = new ZipOutputStream(bytes)) {
            jar.putNextEntry(new ZipEntry(entry));
            jar.write(content.getBytes(StandardCharsets.UTF_8));
            jar.closeEntry();
        }
        return bytes.toByteArray();
    }
}
