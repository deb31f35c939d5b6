package io.weft.server.status.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/** A file that the page consists of. */
final class Resource {

    private static final Resource PAGE = read("page.html", "text/html; charset=utf-8");
    private static final Resource SCRIPT = read("page.js", "text/javascript; charset=utf-8");
    private static final Resource STYLE = read("page.css", "text/css; charset=utf-8");

    private final String type;
    private final byte[] content;

    private Resource(String type, byte[] content) {
        this.type = type;
        this.content = content;
    }

    /** What it is, as HTTP names it. */
    String type() {
        return type;
    }

    void to(OutputStream out) throws IOException {
        out.write(content);
    }

    int length() {
        return content.length;
    }

    /** What is at a path. */
    static Optional<Resource> at(String path) {
        return switch (path) {
            case "/" -> Optional.of(PAGE);
            case "/page.js" -> Optional.of(SCRIPT);
            case "/page.css" -> Optional.of(STYLE);
            default -> Optional.empty();
        };
    }

    private static Resource read(String name, String type) {
        try (InputStream in = Resource.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError("the bundle has no " + name);
            }
            return new Resource(type, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
