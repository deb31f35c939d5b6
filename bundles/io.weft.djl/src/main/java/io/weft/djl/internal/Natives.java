package io.weft.djl.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The library files that one class loader loads.
 *
 * <p>A class loader may load a library's path only once per process, but libtorch knows itself by its file: a second class
 * loader (a refreshed bundle, a second framework) therefore gets hard links, new names for the same files. A copy would abort
 * the process.
 */
public final class Natives implements AutoCloseable {

    /** Which libtorch is in this process; a system property because class loaders share nothing else. */
    private static final String LOADED = "weft.djl.loaded";

    private final Path pytorch;
    private final Path tokenizers;
    private final boolean given;
    private final Optional<Path> links;

    private Natives(Path pytorch, Path tokenizers, boolean given, Optional<Path> links) {
        this.pytorch = pytorch;
        this.tokenizers = tokenizers;
        this.given = given;
        this.links = links;
    }

    /** Finds the libraries, as links when this process has loaded them before. */
    public static Natives locate(Path natives) throws IOException {
        Optional<String> own = Optional.ofNullable(System.getenv("PYTORCH_LIBRARY_PATH"));
        Path pytorch = own.map(Path::of)
                .orElse(natives.resolve("pytorch"))
                .toAbsolutePath()
                .normalize();
        Path tokenizers = natives.resolve("tokenizers").toAbsolutePath().normalize();
        Path torch = existing(pytorch.resolve(System.mapLibraryName("torch_cpu")));
        existing(pytorch.resolve(System.mapLibraryName("djl_torch")));
        existing(tokenizers.resolve(System.mapLibraryName("tokenizers")));
        String key = torch.toRealPath() + " "
                + Files.readAttributes(torch, BasicFileAttributes.class).fileKey();
        Object before = System.getProperties().putIfAbsent(LOADED, key);
        if (before == null) {
            return new Natives(pytorch, tokenizers, own.isPresent(), Optional.empty());
        }
        if (!before.equals(key)) {
            throw new IOException("libtorch of " + before + " is already in this process, so that of " + torch
                    + " cannot be loaded: restart to change it");
        }
        if (own.isPresent()) {
            throw new IOException("the libtorch of PYTORCH_LIBRARY_PATH cannot be loaded twice: restart this process");
        }
        Path links = Files.createTempDirectory(natives, ".links-");
        link(pytorch, links.resolve("pytorch"));
        link(tokenizers, links.resolve("tokenizers"));
        return new Natives(links.resolve("pytorch"), links.resolve("tokenizers"), false, Optional.of(links));
    }

    /** Tells DJL where they are. */
    public void announce() {
        System.setProperty("PYTORCH_LIBRARY_PATH", pytorch.toString());
        if (!given) {
            System.setProperty("PYTORCH_VERSION", "2.7.1");
            System.setProperty("PYTORCH_FLAVOR", "cpu");
        }
        // The file, not its folder: DJL fails on the folder form where there is no GPU.
        System.setProperty(
                "RUST_LIBRARY_PATH",
                tokenizers.resolve(System.mapLibraryName("tokenizers")).toString());
    }

    /** Removes the links: what is loaded stays loaded. */
    @Override
    public void close() throws IOException {
        if (links.isPresent()) {
            Deque<Path> deepestFirst = new ArrayDeque<>();
            try (Stream<Path> files = Files.walk(links.get())) {
                files.forEach(deepestFirst::push);
            }
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }

    private static Path existing(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("no " + file.getFileName() + " in " + file.getParent()
                    + ": the natives of this platform are not installed there");
        }
        return file;
    }

    private static void link(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        List<Path> files;
        try (Stream<Path> listed = Files.list(from)) {
            files = listed.toList();
        }
        for (Path file : files) {
            Files.createLink(to.resolve(file.getFileName()), file);
        }
    }
}
