package io.weft.launch.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What an archive unpacks to; it may be read-only. */
record Installation(Path root) {

    /** The folder that {@code bin/weft} names in a system property. */
    static Installation ofThisProcess() {
        String root = System.getProperty("weft.installation");
        if (root == null) {
            throw new Unstartable("the system property weft.installation is not set: start Weft with bin/weft");
        }
        return new Installation(Path.of(root).toAbsolutePath().normalize());
    }

    List<Path> bundles() throws IOException {
        return jars(root.resolve("bundle"));
    }

    Path natives() {
        return root.resolve("natives").resolve(platform(System.getProperty("os.name"), System.getProperty("os.arch")));
    }

    boolean isWritable() {
        return Files.isWritable(root);
    }

    /** The name of a platform in the words of the native libraries' publishers, such as {@code linux-x86_64}. */
    static String platform(String system, String processor) {
        String name = system.toLowerCase(Locale.ROOT);
        String family = name.startsWith("mac") ? "osx" : name.startsWith("windows") ? "win" : "linux";
        return family + "-" + (processor.equals("amd64") ? "x86_64" : processor);
    }

    /** The jars of a folder by name, or none when the folder is missing. */
    static List<Path> jars(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }
}
