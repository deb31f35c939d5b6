package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Project;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A project's own key, with every certificate that it signed and the list of those that it revoked. */
final class Authority {

    private static final String FOLDER = ProjectKeys.AUTHORITY + "/";
    private static final String SECRET = FOLDER + "ca-key.pem";
    private static final String OPEN = FOLDER + KitFiles.AUTHORITY;
    private static final String REVOKED = FOLDER + KitFiles.REVOKED;
    private static final String CERTIFICATES = FOLDER + "certificates";

    private static final Pattern FILE = Pattern.compile("(.+)\\.([1-9][0-9]{0,8})\\.pem");

    private final Project project;
    private final Changes changes;
    private final Instant now;
    private final X509Certificate certificate;
    private final PrivateKey key;
    private final Map<String, SortedMap<Integer, X509Certificate>> signed;
    private final Optional<RevocationList> former;
    private final List<X509Certificate> revokedNow = new ArrayList<>();

    private Authority(
            Project project,
            Changes changes,
            Instant now,
            X509Certificate certificate,
            PrivateKey key,
            Map<String, SortedMap<Integer, X509Certificate>> signed,
            Optional<RevocationList> former) {
        this.project = project;
        this.changes = changes;
        this.now = now;
        this.certificate = certificate;
        this.key = key;
        this.signed = new TreeMap<>(signed);
        this.former = former;
    }

    /** The authority of a folder; a new one where there is none yet. */
    static Authority in(Path out, Project project, Changes changes, Instant now) throws IOException {
        if (!Files.exists(out.resolve(ProjectKeys.AUTHORITY))) {
            return made(project, changes, now);
        }
        X509Certificate certificate = Pem.certificate(out.resolve(OPEN));
        PrivateKey key = Pem.key(out.resolve(SECRET));
        try {
            String owner = DistinguishedName.project(certificate.getSubjectX500Principal());
            if (!owner.equals(project.name())) {
                throw new Refusal(out + " holds the kits of the project '" + owner + "', not of '" + project.name()
                        + "'; give another folder with --out");
            }
            if (!Keys.belong(key, certificate.getPublicKey())) {
                throw new Refusal(out.resolve(SECRET) + " is not the key of " + out.resolve(OPEN)
                        + "; put both back from one copy");
            }
            if (now.isAfter(certificate.getNotAfter().toInstant())) {
                throw new Refusal("the project's own certificate " + out.resolve(OPEN) + " expired on "
                        + certificate.getNotAfter().toInstant()
                        + "; give another folder with --out, and new kits to everybody");
            }
            Optional<RevocationList> revoked = Optional.of(RevocationList.read(out.resolve(REVOKED), certificate));
            return new Authority(project, changes, now, certificate, key, signed(out, certificate), revoked);
        } catch (GeneralSecurityException e) {
            throw new Refusal(
                    "what is in " + out.resolve(ProjectKeys.AUTHORITY) + " does not belong together (" + e.getMessage()
                            + "); put it back from a copy",
                    e);
        }
    }

    private static Authority made(Project project, Changes changes, Instant now) {
        KeyPair keys = Keys.make();
        X509Certificate certificate = Signing.authority(
                project.name(),
                keys.getPublic(),
                keys.getPrivate(),
                now,
                project.validity().authority());
        changes.writeSecret(SECRET, Pem.text(Pem.KEY, keys.getPrivate().getEncoded()));
        changes.write(OPEN, Pem.text(certificate));
        return new Authority(project, changes, now, certificate, keys.getPrivate(), Map.of(), Optional.empty());
    }

    /** By name, in the order in which they were made. */
    private static Map<String, SortedMap<Integer, X509Certificate>> signed(Path out, X509Certificate authority)
            throws IOException, GeneralSecurityException {
        Map<String, SortedMap<Integer, X509Certificate>> signed = new TreeMap<>();
        if (!Files.isDirectory(out.resolve(CERTIFICATES))) {
            return signed;
        }
        List<Path> files;
        try (Stream<Path> entries = Files.list(out.resolve(CERTIFICATES))) {
            files = entries.toList();
        }
        for (Path file : files) {
            Matcher name = FILE.matcher(file.getFileName().toString());
            if (name.matches()) {
                X509Certificate one = Pem.certificate(file);
                one.verify(authority.getPublicKey());
                signed.computeIfAbsent(name.group(1), any -> new TreeMap<>()).put(Integer.parseInt(name.group(2)), one);
            }
        }
        return signed;
    }

    X509Certificate certificate() {
        return certificate;
    }

    /** Signs a certificate for a participant's key. */
    X509Certificate sign(Identity of, PublicKey open) {
        X509Certificate made = new Signing(certificate, key, now)
                .certificate(of, open, project.serverNames(), project.validity().certificates());
        SortedMap<Integer, X509Certificate> all = signed.computeIfAbsent(of.name(), any -> new TreeMap<>());
        int number = all.isEmpty() ? 1 : all.lastKey() + 1;
        all.put(number, made);
        changes.write(CERTIFICATES + "/" + of.name() + "." + number + ".pem", Pem.text(made));
        return made;
    }

    /** All certificates of a name, the newest last. */
    List<X509Certificate> of(String name) {
        return List.copyOf(
                signed.getOrDefault(name, Collections.emptySortedMap()).values());
    }

    /** The names of all who ever had a certificate. */
    List<String> names() {
        return List.copyOf(signed.keySet());
    }

    static Identity identity(X509Certificate own) {
        try {
            return Identity.of(own);
        } catch (CertificateException e) {
            throw new Refusal(e.getMessage(), e);
        }
    }

    boolean isRevoked(X509Certificate one) {
        return revokedNow.contains(one)
                || former.flatMap(list -> list.revoked(one)).isPresent();
    }

    boolean isLive(X509Certificate one) {
        return !isRevoked(one) && now.isBefore(one.getNotAfter().toInstant());
    }

    void revoke(List<X509Certificate> certificates) {
        revokedNow.addAll(certificates);
    }

    /** The new list of revoked certificates, when it differs from the former one. */
    Optional<byte[]> revoked() throws IOException {
        if (former.isPresent() && revokedNow.isEmpty()) {
            return Optional.empty();
        }
        BigInteger number =
                former.map(RevocationList::number).orElse(BigInteger.ZERO).add(BigInteger.ONE);
        X509CRL list = new Signing(certificate, key, now).revoked(former.map(RevocationList::list), number, revokedNow);
        try {
            byte[] text = Pem.text(Pem.REVOKED, list.getEncoded());
            changes.write(REVOKED, text);
            return Optional.of(text);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("a list of our own making is encoded", e);
        }
    }
}
