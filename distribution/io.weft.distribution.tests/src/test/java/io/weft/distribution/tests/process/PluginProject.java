package io.weft.distribution.tests.process;

import aQute.bnd.osgi.Builder;
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
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A plugin as a stranger builds it: sources, compiled against the installation and packed as a bundle, in as many versions as wanted. */
final class PluginProject {

    private final String name;
    private final Path installation;
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final List<String> packages = new ArrayList<>();

    private PluginProject(String name, Path installation) {
        this.name = name;
        this.installation = installation;
        this.packages.add("test." + name);
    }

    /**
     * @param name the bundle is {@code test.<name>}, its one package too, its jar {@code <name>.jar}
     * @param installation whose API, and whose plugins, it is compiled against
     */
    static PluginProject of(String name, Path installation, PluginTalk talk) {
        PluginProject project = of(name, installation);
        project.sources.put("test." + name + ".Talk", talk.source("test." + name));
        return project;
    }

    /** The same, of one that says nothing to the test. */
    static PluginProject of(String name, Path installation) {
        return new PluginProject(name, installation);
    }

    /** A class; the package statement is added. */
    PluginProject type(String simpleName, String text) {
        sources.put("test." + name + "." + simpleName, "package test." + name + ";\n" + text);
        return this;
    }

    /** Takes a package of the installation's plugins into the bundle. */
    PluginProject embedding(String packageName) {
        packages.add(packageName);
        return this;
    }

    /** Compiles and packs it. */
    Built built(Path work) throws IOException {
        Path classes = Files.createDirectories(work.resolve(name));
        List<Path> libraries = libraries();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<JavaFileObject> units = new ArrayList<>();
            sources.forEach((type, text) -> units.add(new Source(type, text)));
            String path = libraries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
            List<String> options = List.of("-proc:none", "--release", "17", "-cp", path, "-d", classes.toString());
            if (!compiler.getTask(problems, files, null, options, null, units).call()) {
                throw new IOException(problems.toString());
            }
        }
        return new Built(name, packed(classes, libraries, work.resolve(name + ".jar")));
    }

    private Path packed(Path classes, List<Path> libraries, Path to) throws IOException {
        try (Builder builder = new Builder()) {
            builder.addClasspath(classes.toFile());
            for (Path library : libraries) {
                builder.addClasspath(library.toFile());
            }
            builder.setProperty("Bundle-SymbolicName", "test." + name);
            builder.setProperty("-privatepackage", String.join(",", packages));
            builder.setProperty("-dsannotations", "test." + name + ".*");
            builder.setProperty("-noimportjava", "true");
            builder.setProperty("-noextraheaders", "true");
            try (Jar jar = builder.build()) {
                if (!builder.getErrors().isEmpty()) {
                    throw new IOException(builder.getErrors().toString());
                }
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

    /** What the installation offers to projects, its plugins, and the annotations from the test's own class path. */
    private List<Path> libraries() throws IOException {
        List<Path> libraries = new ArrayList<>();
        for (String folder : List.of("repository", "bundle", "plugins")) {
            try (Stream<Path> files = Files.walk(installation.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".jar")).forEach(libraries::add);
            }
        }
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (entry.contains("org.osgi.service.component.annotations")
                    || entry.contains("org.osgi.framework")
                    || entry.contains("osgi.annotation")) {
                libraries.add(Path.of(entry));
            }
        }
        return libraries;
    }

    /** A packed project, of which there may be many versions. */
    static final class Built {

        private final String name;
        private final Path jar;

        private Built(String name, Path jar) {
            this.name = name;
            this.jar = jar;
        }

        /** Puts a version into a folder in one step, as a new file or in the place of the one that is there. */
        Path dropInto(Path folder, String version) throws IOException {
            Files.createDirectories(folder);
            Path near = folder.resolveSibling(name + "-" + version + ".new");
            write(version, near);
            // Long ago, so that it counts as still; each version later than those before it.
            long major = Long.parseLong(version.substring(0, version.indexOf('.')));
            Files.setLastModifiedTime(
                    near,
                    FileTime.from(Instant.EPOCH.plus(20_000, ChronoUnit.DAYS).plusSeconds(major)));
            return Files.move(near, folder.resolve(name + ".jar"), StandardCopyOption.ATOMIC_MOVE);
        }

        private void write(String version, Path to) throws IOException {
            try (JarInputStream in = new JarInputStream(Files.newInputStream(jar))) {
                Manifest manifest = in.getManifest();
                manifest.getMainAttributes().putValue("Bundle-Version", version);
                try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(to), manifest)) {
                    for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        in.transferTo(out);
                    }
                }
            }
        }
    }

    private static final class Source extends SimpleJavaFileObject {

        private final String text;

        Source(String type, String text) {
            super(URI.create("string:///" + type.replace('.', '/') + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
