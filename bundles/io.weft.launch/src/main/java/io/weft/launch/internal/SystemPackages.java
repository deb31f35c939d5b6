package io.weft.launch.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * What the class path offers to bundles: the exports of those of its jars that bundles share with the launcher.
 *
 * <p>Logging is among them because it must work before the first bundle does, and because SLF4J as a bundle needs a
 * weaving extender to find its own provider.
 */
record SystemPackages(String exports, String version) {

    private static final String LAUNCHER = "io.weft.launch";

    private static final Set<String> SHARED = Set.of(
            LAUNCHER,
            "slf4j.api",
            "org.osgi.service.log",
            "org.osgi.service.component",
            "org.osgi.util.promise",
            "org.osgi.util.function");

    static SystemPackages ofClassPath(ClassLoader loader) throws IOException {
        List<String> exports = new ArrayList<>();
        String version = "0.0.0";
        for (URL url : Collections.list(loader.getResources("META-INF/MANIFEST.MF"))) {
            Attributes manifest = read(url);
            String name = manifest.getValue("Bundle-SymbolicName");
            if (name != null && SHARED.contains(name)) {
                exports.add(manifest.getValue("Export-Package"));
            }
            if (LAUNCHER.equals(name)) {
                version = manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION);
            }
        }
        return new SystemPackages(String.join(",", exports), version);
    }

    private static Attributes read(URL url) throws IOException {
        try (InputStream in = url.openStream()) {
            return new Manifest(in).getMainAttributes();
        }
    }
}
