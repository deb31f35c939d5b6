package io.weft.plugins.internal;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A plugin bundle that is compiled and packed when it is asked for: an aggregator whose text form comes from a second class, which
 * is loaded only when somebody asks for it.
 */
final class PluginSource {

    private final String name;
    private final String answer;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();
    private String component = "property = Plugin.NAME + \"=%s\"";
    private String body = "";
    private FileTime modified = FileTime.from(Instant.EPOCH.plus(20_000, ChronoUnit.DAYS));

    private PluginSource(String name, String answer) {
        this.name = name;
        this.answer = answer;
        headers.put("Bundle-SymbolicName", "test." + name);
        headers.put("Bundle-Version", "1.0.0");
        headers.put("-privatepackage", "test." + name);
        headers.put("-noimportjava", "true");
        headers.put("-noextraheaders", "true");
    }

    /** An aggregator of that name whose {@code toString()} is {@code answer}. */
    static PluginSource aggregator(String name, String answer) {
        return new PluginSource(name, answer);
    }

    PluginSource version(String version) {
        return header("Bundle-Version", version);
    }

    PluginSource header(String key, String value) {
        headers.put(key, value);
        return this;
    }

    PluginSource file(String path, byte[] content) {
        files.put(path, content);
        return this;
    }

    /** Another class beside the plugin. */
    PluginSource source(String type, String text) {
        sources.put(type, text);
        return this;
    }

    /** What stands in the component annotation. */
    PluginSource component(String attributes) {
        component = attributes;
        return this;
    }

    /** Members of the plugin's class. */
    PluginSource body(String members) {
        body = members;
        return this;
    }

    /** Days since an agreed day; long ago, so that the file counts as still. */
    PluginSource day(int day) {
        modified = FileTime.from(Instant.EPOCH.plus(20_000L + day, ChronoUnit.DAYS));
        return this;
    }

    /** Puts the jar there at once, whole. */
    Path dropInto(Path folder) throws IOException {
        return dropInto(folder, name + ".jar");
    }

    Path dropInto(Path folder, String file) throws IOException {
        Path jar = write(Files.createTempFile("plugin", ".jar"));
        Files.setLastModifiedTime(jar, modified);
        Files.createDirectories(folder);
        // Within one file system a move is one step; the temporary folder may be on another.
        Path near = folder.resolveSibling(file + ".new");
        Files.move(jar, near, StandardCopyOption.REPLACE_EXISTING);
        return Files.move(near, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    }

    byte[] bytes() throws IOException {
        Path jar = write(Files.createTempFile("plugin", ".jar"));
        try {
            return Files.readAllBytes(jar);
        } finally {
            Files.delete(jar);
        }
    }

    private Path write(Path to) throws IOException {
        Path classes = Files.createTempDirectory("classes");
        compile(classes);
        try (Builder builder = new Builder()) {
            builder.addClasspath(classes.toFile());
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                if (entry.contains("io.weft.api") || entry.contains("org.osgi")) {
                    builder.addClasspath(new File(entry));
                }
            }
            headers.forEach(builder::setProperty);
            try (Jar jar = builder.build()) {
                if (!builder.getErrors().isEmpty()) {
                    throw new IOException(builder.getErrors().toString());
                }
                files.forEach((path, content) -> jar.putResource(path, new EmbeddedResource(content, 0)));
                jar.write(to.toFile());
            }
            return to;
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            // bnd declares no narrower type.
            throw new IOException(e);
        }
    }

    private void compile(Path into) throws IOException {
        String type = "Plugin" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        Map<String, String> all = new LinkedHashMap<>(sources);
        all.put("test." + name + "." + type, """
                package test.%1$s;
                import io.weft.api.aggregation.*;
                import io.weft.api.plugin.*;
                import org.osgi.service.component.annotations.*;
                @Component(%2$s)
                public final class %3$s implements Aggregator {
                    @Override public Aggregation open(JobContext job) { return round -> {}; }
                    @Override public String toString() { return Second.answer(); }
                    %4$s
                }
                """.formatted(name, component.formatted(name), type, body));
        all.put(
                "test." + name + ".Second",
                "package test.%s; final class Second { static String answer() { return \"%s\"; } }"
                        .formatted(name, answer));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<JavaFileObject> units = new ArrayList<>();
            all.forEach((name, text) -> units.add(new Text(name, text)));
            List<String> options = List.of("-proc:none", "--release", "17", "-d", into.toString());
            if (!compiler.getTask(problems, files, null, options, null, units).call()) {
                throw new IOException(problems.toString());
            }
        }
    }

    private static final class Text extends SimpleJavaFileObject {

        private final String text;

        Text(String type, String text) {
            super(URI.create("string:///" + type.replace('.', '/') + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
