package io.weft.plugins.internal;

import io.weft.tensor.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;

/** SHA-256 of bundles' jars, computed once for each installed state of a bundle. */
final class JarDigests {

    private record Installed(long bundle, long modified) {}

    private final Map<Installed, String> known = new ConcurrentHashMap<>();

    String of(Bundle bundle) {
        return known.computeIfAbsent(
                new Installed(bundle.getBundleId(), bundle.getLastModified()), installed -> digest(bundle));
    }

    private static String digest(Bundle bundle) {
        MessageDigest digest = Digests.sha256();
        String location = bundle.getLocation().replaceFirst("^reference:", "");
        try {
            if (location.startsWith("file:") && !location.endsWith("/")) {
                drain(URI.create(location.replace(" ", "%20")).toURL(), digest);
            } else {
                contents(bundle, digest);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Digests.hex(digest);
    }

    /** A bundle that was not installed from a file: its entries, by name. */
    private static void contents(Bundle bundle, MessageDigest digest) throws IOException {
        for (URL entry : Collections.list(bundle.findEntries("/", "*", true)).stream()
                .sorted((one, other) -> one.getPath().compareTo(other.getPath()))
                .toList()) {
            if (!entry.getPath().endsWith("/")) {
                digest.update(entry.getPath().getBytes(StandardCharsets.UTF_8));
                drain(entry, digest);
            }
        }
    }

    private static void drain(URL from, MessageDigest digest) throws IOException {
        try (InputStream in = new DigestInputStream(from.openStream(), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
