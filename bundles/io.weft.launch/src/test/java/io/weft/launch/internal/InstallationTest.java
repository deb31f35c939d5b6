package io.weft.launch.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallationTest {

    @Test
    void platformsAreNamedAsTheNativeLibrariesAre() {
        assertEquals("linux-x86_64", Installation.platform("Linux", "amd64"));
        assertEquals("linux-aarch64", Installation.platform("Linux", "aarch64"));
        assertEquals("osx-aarch64", Installation.platform("Mac OS X", "aarch64"));
        assertEquals("win-x86_64", Installation.platform("Windows 11", "amd64"));
    }

    @Test
    void bundlesAreTheJarsByName(@TempDir Path root) throws IOException {
        Path bundles = Files.createDirectory(root.resolve("bundle"));
        Path second = Files.createFile(bundles.resolve("b.jar"));
        Path first = Files.createFile(bundles.resolve("a.jar"));
        Files.createFile(bundles.resolve("README.md"));

        assertEquals(List.of(first, second), new Installation(root).bundles());
    }

    @Test
    void aFolderThatIsMissingHasNoJars(@TempDir Path root) throws IOException {
        assertEquals(List.of(), Installation.jars(root.resolve("plugins")));
    }
}
