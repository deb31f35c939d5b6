package io.weft.plugins.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipException;
import org.osgi.framework.Constants;

/**
 * What a jar says of itself before it is installed.
 *
 * @param bundle its symbolic name
 * @param version as its manifest has it
 * @param components the plugins its component descriptions declare
 */
record PluginJar(String bundle, String version, ComponentDescriptions components) {

    private static final String API = "io.weft.api";
    private static final String API_FOLDER = "io/weft/api/";

    /**
     * Reads a jar.
     *
     * @throws UnfinishedJar when it cannot be read to its end
     * @throws NotAPlugin when it can, and no plugin bundle may look like that
     */
    static PluginJar inspect(Path file) throws IOException, UnfinishedJar, NotAPlugin {
        try (JarFile jar = new JarFile(file.toFile(), false)) {
            Optional<Attributes> manifest =
                    Optional.ofNullable(jar.getManifest()).map(Manifest::getMainAttributes);
            String name = manifest.map(headers -> headers.getValue(Constants.BUNDLE_SYMBOLICNAME))
                    .map(header -> HeaderNames.of(header).get(0))
                    .orElseThrow(() -> new NotAPlugin("it is a plain jar: its manifest has no Bundle-SymbolicName;"
                            + " embed it in the plugin that needs it, or build it with bnd"));
            refuseForbidden(jar, name, manifest.get());
            return new PluginJar(
                    name,
                    Optional.ofNullable(manifest.get().getValue(Constants.BUNDLE_VERSION))
                            .orElse("0.0.0"),
                    ComponentDescriptions.read(jar, manifest.get()));
        } catch (ZipException e) {
            throw new UnfinishedJar("it is not a whole jar (" + e.getMessage() + "): copy it again", e);
        }
    }

    private static void refuseForbidden(JarFile jar, String name, Attributes headers) throws NotAPlugin, IOException {
        if (headers.getValue(Constants.FRAGMENT_HOST) != null) {
            throw new NotAPlugin(
                    name + " is a fragment, which cannot be exchanged while its host works; make it a bundle");
        }
        List<String> exports = HeaderNames.of(headers.getValue(Constants.EXPORT_PACKAGE));
        Optional<String> api = exports.stream().filter(PluginJar::isApi).findFirst();
        if (api.isPresent()) {
            throw new NotAPlugin(name + " exports " + api.get() + ", which only Weft itself may; import it"
                    + " (Maven: io.weft.api in scope provided)");
        }
        Optional<String> embedded = embeddedApi(jar, headers);
        if (embedded.isPresent()) {
            throw new NotAPlugin(
                    name + " embeds io.weft.api (" + embedded.get() + "), so its plugins would be of another"
                            + " type than Weft's; import it (Maven: io.weft.api in scope provided)");
        }
        if (!exports.isEmpty()) {
            throw new NotAPlugin(
                    name + " exports " + exports.get(0) + "; a plugin bundle exports nothing, because whoever"
                            + " imported it could not be parted from it: make the package private");
        }
    }

    private static boolean isApi(String name) {
        return name.equals(API) || name.startsWith(API + ".");
    }

    /** The first class of the API that the bundle's own class path holds. */
    private static Optional<String> embeddedApi(JarFile jar, Attributes headers) throws IOException {
        TreeSet<String> places = new TreeSet<>(HeaderNames.of(headers.getValue(Constants.BUNDLE_CLASSPATH)));
        for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
            if (isApiClass(entry.getName(), "")) {
                return Optional.of(entry.getName());
            }
            for (String place : places) {
                if (isApiClass(entry.getName(), place.endsWith("/") ? place : place + "/")) {
                    return Optional.of(entry.getName());
                }
            }
            if (places.contains(entry.getName()) && entry.getName().endsWith(".jar")) {
                Optional<String> nested = nestedApi(jar, entry);
                if (nested.isPresent()) {
                    return nested;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> nestedApi(JarFile jar, JarEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry);
                JarInputStream nested = new JarInputStream(in, false)) {
            for (JarEntry inner = nested.getNextJarEntry(); inner != null; inner = nested.getNextJarEntry()) {
                if (isApiClass(inner.getName(), "")) {
                    return Optional.of(entry.getName() + "!/" + inner.getName());
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isApiClass(String entry, String place) {
        return entry.startsWith(place + API_FOLDER) && entry.endsWith(".class");
    }

    /** The names in a manifest header: what stands before the attributes and directives of each clause. */
    private static final class HeaderNames {

        static List<String> of(String header) {
            if (header == null) {
                return List.of();
            }
            String unquoted = header.replaceAll("\"[^\"]*\"", "");
            List<String> names = new ArrayList<>();
            for (String clause : unquoted.split(",", -1)) {
                Arrays.stream(clause.split(";", -1))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty() && part.indexOf('=') < 0)
                        .forEach(names::add);
            }
            return names;
        }
    }
}
