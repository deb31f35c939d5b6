package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Kit;
import io.weft.identity.Revocations;
import io.weft.identity.ServerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A kit whose files were read and fit together. */
public final class OpenedKit implements Kit {

    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(1);

    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final Path folder;
    private final Clock clock;
    private final KitFiles.Settings settings;
    private final Identity identity;
    private final X509Certificate certificate;
    private final X509Certificate authority;
    private final Revocations revocations;
    private final ProjectTrust trust;
    private final SSLContext tls;

    private OpenedKit(Path folder, Clock clock) throws IOException {
        this.folder = folder;
        this.clock = clock;
        this.settings = KitFiles.Settings.read(folder.resolve(KitFiles.SETTINGS));
        this.authority = Pem.certificate(folder.resolve(KitFiles.AUTHORITY));
        this.certificate = Pem.certificate(folder.resolve(KitFiles.CERTIFICATE));
        this.identity = identity(folder, certificate, authority, settings.project());
        PrivateKey key = Pem.key(folder.resolve(KitFiles.KEY));
        if (!Keys.belong(key, certificate.getPublicKey())) {
            throw new Refusal(folder.resolve(KitFiles.KEY) + " is not the key of the certificate beside it (" + identity
                    + "); put the files of one kit together");
        }
        refuseOutOfTime(clock.instant());
        this.revocations = RevocationFile.open(folder.resolve(KitFiles.REVOKED), authority);
        this.trust = new ProjectTrust(authority, revocations);
        this.tls = tls(key, certificate, trust);
    }

    /**
     * Opens the kit in a folder.
     *
     * @throws Refusal when something is missing, damaged, expired, or does not belong together
     */
    public static OpenedKit open(Path folder, Clock clock) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new Refusal("there is no startup kit " + folder
                    + "; lay the folder there that 'weft provision' made for this name");
        }
        List<String> missing = new ArrayList<>();
        for (String file : List.of(KitFiles.SETTINGS, KitFiles.AUTHORITY, KitFiles.CERTIFICATE, KitFiles.KEY)) {
            if (!Files.isRegularFile(folder.resolve(file))) {
                missing.add(file);
            }
        }
        if (missing.equals(List.of(KitFiles.KEY))) {
            throw new Refusal(folder + " has no " + KitFiles.KEY
                    + "; copy the one that 'weft request' made into it, or all other files beside that one");
        }
        if (!missing.isEmpty()) {
            throw new Refusal(folder + " is no whole startup kit: there is no " + String.join(", no ", missing)
                    + "; lay the folder there that 'weft provision' made for this name");
        }
        return new OpenedKit(folder, clock);
    }

    /**
     * Whose kit lies in a folder.
     *
     * @throws Refusal when there is no certificate of Weft's
     */
    public static Optional<String> clockProblem(Path folder, Clock clock) throws IOException {
        Instant now = clock.instant();
        Path file = folder.resolve(KitFiles.CERTIFICATE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Instant latest = Files.getLastModifiedTime(file).toInstant();
        try {
            Instant from = Pem.certificate(file).getNotBefore().toInstant();
            latest = latest.isAfter(from) ? latest : from;
        } catch (Refusal e) {
            // What is wrong with it is said where the kit is opened.
        }
        return latest.minus(CLOCKS_DIFFER).isAfter(now)
                ? Optional.of("it says " + now.truncatedTo(ChronoUnit.SECONDS) + ", and " + file + " is of "
                        + latest.truncatedTo(ChronoUnit.SECONDS) + "; set the clock, and keep it by NTP")
                : Optional.empty();
    }

    public static Identity owner(Path folder) throws IOException {
        Path file = folder.resolve(KitFiles.CERTIFICATE);
        if (!Files.isRegularFile(file)) {
            throw new Refusal(
                    "there is no startup kit " + folder + "; give the folder that holds " + KitFiles.CERTIFICATE);
        }
        try {
            return Identity.of(Pem.certificate(file));
        } catch (CertificateException e) {
            throw new Refusal(file + ": " + e.getMessage(), e);
        }
    }

    private static Identity identity(
            Path folder, X509Certificate certificate, X509Certificate authority, String project) {
        try {
            certificate.verify(authority.getPublicKey());
            String signer = DistinguishedName.project(authority.getSubjectX500Principal());
            if (!signer.equals(project)) {
                throw new Refusal(folder.resolve(KitFiles.SETTINGS) + " is of the project '" + project + "' and "
                        + KitFiles.AUTHORITY + " of '" + signer + "'; put the files of one kit together");
            }
            return Identity.of(certificate);
        } catch (CertificateException e) {
            throw new Refusal(folder.resolve(KitFiles.CERTIFICATE) + ": " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new Refusal(
                    folder.resolve(KitFiles.CERTIFICATE) + " was not signed by " + KitFiles.AUTHORITY
                            + " beside it; put the files of one kit together",
                    e);
        }
    }

    private void refuseOutOfTime(Instant now) {
        Instant from = certificate.getNotBefore().toInstant();
        if (now.isBefore(from)) {
            throw new Refusal("the certificate of " + identity + " in " + folder + " counts from " + from
                    + " on, and this machine's clock says " + now + "; set the clock");
        }
        if (now.isAfter(until())) {
            throw new Refusal("the certificate of " + identity + " in " + folder + " expired on " + until()
                    + "; ask the project's administrator for a new one (weft provision … --renew " + identity.name()
                    + ", or after 'weft request --renew " + folder + "' --approve)");
        }
    }

    private static SSLContext tls(PrivateKey key, X509Certificate certificate, ProjectTrust trust) {
        char[] inMemory = {};
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, inMemory);
            store.setKeyEntry("kit", key, inMemory, new Certificate[] {certificate});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, inMemory);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError("every Java platform has TLS 1.3", e);
        }
    }

    @Override
    public Identity identity() {
        return identity;
    }

    @Override
    public String project() {
        return settings.project();
    }

    @Override
    public ServerAddress server() {
        return settings.server();
    }

    @Override
    public SortedMap<String, String> sites() {
        return settings.sites();
    }

    @Override
    public X509Certificate certificate() {
        return certificate;
    }

    @Override
    public X509Certificate authority() {
        return authority;
    }

    @Override
    public Revocations revocations() {
        return revocations;
    }

    @Override
    public SSLContext tls() {
        return tls;
    }

    @Override
    public Identity identify(X509Certificate peer) {
        return trust.identify(peer, clock.instant());
    }

    @Override
    public Instant until() {
        return certificate.getNotAfter().toInstant();
    }

    @Override
    public List<String> warnings() {
        var warnings = new ArrayList<String>();
        Duration left = Duration.between(clock.instant(), until());
        if (left.compareTo(settings.warning()) < 0) {
            warnings.add("the certificate of " + identity + " ends on " + until() + ", in " + Math.max(0, left.toDays())
                    + " days; ask the project's administrator for a new one");
        }
        try {
            Path key = folder.resolve(KitFiles.KEY);
            if (Files.getFileStore(key).supportsFileAttributeView("posix")
                    && Files.getPosixFilePermissions(key).stream().anyMatch(OTHERS::contains)) {
                warnings.add(key + " can be read by others; chmod 600 " + key);
            }
        } catch (IOException e) {
            warnings.add("whether others can read the key cannot be seen (" + e.getMessage() + ")");
        }
        return warnings;
    }
}
