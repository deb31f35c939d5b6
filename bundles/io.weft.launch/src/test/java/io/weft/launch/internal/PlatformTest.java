package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.launch.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

class PlatformTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(1);

    @TempDir
    Path folder;

    private Installation installation;
    private Home home;

    @BeforeEach
    void lay() throws IOException {
        // A space in the path, because users have them.
        installation = new Installation(folder.resolve("the installation"));
        Files.createDirectories(installation.root().resolve("bundle"));
        home = Home.choose(Optional.of(folder.resolve("home")), Optional.empty(), installation, folder);
    }

    @Test
    void runsTheCommandThatABundleRegisters() throws Exception {
        echo(installation.root().resolve("bundle/echo.jar"));

        try (Platform platform = start()) {
            assertEquals("hello 9.8.7\n", output(platform.awaitCommand(LONG), "hello"));
        }
    }

    @Test
    void leavesThePluginFoldersToTheBundleThatWatchesThem() throws Exception {
        Files.createDirectories(home.root().resolve("plugins"));
        echo(home.root().resolve("plugins").resolve("echo.jar"));
        Files.createDirectories(installation.root().resolve("plugins"));
        echo(installation.root().resolve("plugins").resolve("echo.jar"));

        try (Platform platform = start()) {
            assertThrows(Unstartable.class, () -> platform.awaitCommand(SHORT));
        }
    }

    @Test
    void saysWhichPackageABundleMisses() throws Exception {
        Manifest manifest = BundleJars.manifest("broken");
        manifest.getMainAttributes().putValue("Import-Package", "com.example.nowhere");
        BundleJars.write(installation.root().resolve("bundle/broken.jar"), manifest, List.of());

        try (Platform platform = start()) {
            Unstartable why = assertThrows(Unstartable.class, () -> platform.awaitCommand(SHORT));
            assertTrue(why.getMessage().contains("broken"), why.getMessage());
            assertTrue(why.getMessage().contains("com.example.nowhere"), why.getMessage());
        }
    }

    @Test
    void aPlainJarAmongTheBundlesIsNamed() throws Exception {
        Manifest plain = new Manifest();
        plain.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        BundleJars.write(installation.root().resolve("bundle/plain.jar"), plain, List.of());

        try (Platform platform = start()) {
            Unstartable why = assertThrows(Unstartable.class, () -> platform.awaitCommand(SHORT));
            assertTrue(why.getMessage().contains("plain.jar: it is not an OSGi bundle"), why.getMessage());
        }
    }

    @Test
    void aJarCutShortHindersNobody() throws Exception {
        echo(installation.root().resolve("bundle/echo.jar"));
        Files.writeString(installation.root().resolve("bundle/cut.jar"), "PK");

        try (Platform platform = start()) {
            assertEquals("hello 9.8.7\n", output(platform.awaitCommand(LONG), "hello"));
        }
    }

    @Test
    void saysWhatAComponentWaitsFor() throws Exception {
        copyOfScr();
        Manifest manifest = BundleJars.manifest("waiting");
        manifest.getMainAttributes().putValue("Service-Component", "OSGI-INF/waiting.xml");
        manifest.getMainAttributes().putValue("Import-Package", "io.weft.launch");
        Path jar = installation.root().resolve("bundle/waiting.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.putNextEntry(new JarEntry("OSGI-INF/waiting.xml"));
            out.write("""
                    <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="the.waiting.one">
                      <implementation class="java.lang.Object"/>
                      <reference name="command" interface="io.weft.launch.Command"/>
                    </scr:component>
                    """.getBytes(StandardCharsets.UTF_8));
        }

        try (Platform platform = start()) {
            Unstartable why = assertThrows(Unstartable.class, () -> platform.awaitCommand(SHORT));
            assertTrue(
                    why.getMessage().contains("the.waiting.one of waiting waits for io.weft.launch.Command"),
                    why.getMessage());
        }
    }

    private Platform start() throws Exception {
        return Platform.start(installation, home, folder.resolve("cache"), false);
    }

    private static String output(Command command, String... arguments) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(Command.DONE, command.run(List.of(arguments), stream, stream));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void echo(Path jar) throws IOException {
        Manifest manifest = BundleJars.manifest("echo");
        manifest.getMainAttributes().putValue("Bundle-Activator", EchoActivator.class.getName());
        manifest.getMainAttributes().putValue("Import-Package", "org.osgi.framework, io.weft.launch, org.slf4j");
        BundleJars.write(jar, manifest, List.of(EchoActivator.class));
    }

    private void copyOfScr() throws IOException {
        Path scr = Path.of(java.net.URI.create(org.apache.felix.scr.info.ScrInfo.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()));
        Files.copy(scr, installation.root().resolve("bundle/scr.jar"));
    }

    /** A command that says its arguments and the version of Weft. */
    public static final class EchoActivator implements BundleActivator {

        private ServiceRegistration<Command> registration;

        @Override
        public void start(BundleContext context) {
            Command command = (arguments, out, err) -> {
                out.print(String.join(" ", arguments) + " " + context.getProperty(Command.VERSION) + "\n");
                return Command.DONE;
            };
            registration = context.registerService(Command.class, command, null);
        }

        @Override
        public void stop(BundleContext context) {
            registration.unregister();
        }
    }
}
