package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Revocations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of revoked certificates in a file that may be replaced at any time. It is looked at whenever somebody is checked, so a
 * running server knows a new list at once. Of what is no newer list of the same authority, the last good one stays in force.
 */
public final class RevocationFile implements Revocations {

    private static final Logger LOG = LoggerFactory.getLogger(RevocationFile.class);

    /** What a file has of its own while its content stays. */
    private record Stamp(Object file, Instant modified, long size) {

        static Optional<Stamp> of(Path file) throws IOException {
            try {
                var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return Optional.of(new Stamp(
                        String.valueOf(attributes.fileKey()),
                        attributes.lastModifiedTime().toInstant(),
                        attributes.size()));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
        }
    }

    private final Path file;
    private final X509Certificate authority;
    private Optional<Stamp> seen = Optional.empty();
    private Optional<RevocationList> list = Optional.empty();

    private RevocationFile(Path file, X509Certificate authority) {
        this.file = file;
        this.authority = authority;
    }

    /**
     * The list in a file; no file is an empty list, until there is one.
     *
     * @throws Refusal when the file is damaged or another authority signed it
     */
    public static RevocationFile open(Path file, X509Certificate authority) throws IOException {
        var opened = new RevocationFile(file, authority);
        opened.seen = Stamp.of(file);
        if (opened.seen.isPresent()) {
            try {
                opened.list = Optional.of(RevocationList.read(file, authority));
            } catch (GeneralSecurityException e) {
                throw new Refusal(
                        file + " is not signed by the project's authority; put the list of this project there", e);
            }
        }
        return opened;
    }

    @Override
    public synchronized Optional<Instant> revoked(X509Certificate certificate) {
        look();
        return list.flatMap(now -> now.revoked(certificate));
    }

    private void look() {
        try {
            Optional<Stamp> now = Stamp.of(file);
            if (now.equals(seen)) {
                return;
            }
            seen = now;
            if (now.isEmpty()) {
                LOG.warn("{} is gone; the last list of revoked certificates stays in force", file);
                return;
            }
            RevocationList found = RevocationList.read(file, authority);
            if (list.isPresent() && found.number().compareTo(list.get().number()) < 0) {
                LOG.warn("{} is older than the list of revoked certificates before it, which stays in force", file);
                return;
            }
            list = Optional.of(found);
            LOG.info("read the list of revoked certificates {}", file);
        } catch (IOException | GeneralSecurityException | Refusal e) {
            LOG.warn("{} cannot be read; the last list of revoked certificates stays in force", file, e);
        }
    }
}
