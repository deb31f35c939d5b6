package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK's own path validation, with revocation lists, says about kits. */
class PkixTest {

    @TempDir
    Path folder;

    private ProjectFolder project;

    @BeforeEach
    void aSiteIsRevoked() throws IOException {
        project = ProjectFolder.in(folder);
        project.provision();
        project.provision(new Wish.Revoke("site-2"));
    }

    @Test
    void theOthersAreValid() {
        for (String name : List.of("server", "site-1", "lead@example.org")) {
            assertDoesNotThrow(() -> validate(name, ProjectFolder.NOW.plusSeconds(60)), name);
        }
    }

    @Test
    void theRevokedOneIsNot() {
        assertEquals(
                BasicReason.REVOKED,
                refused("site-2", ProjectFolder.NOW.plusSeconds(60)).getReason());
    }

    @Test
    void nobodyIsAfterTheEndOrLongBeforeTheBeginning() {
        assertEquals(
                BasicReason.EXPIRED,
                refused("site-1", ProjectFolder.NOW.plus(Duration.ofDays(366))).getReason());
        assertEquals(
                BasicReason.NOT_YET_VALID,
                refused("site-1", ProjectFolder.NOW.minus(Duration.ofHours(2))).getReason());
    }

    private CertPathValidatorException refused(String name, Instant at) {
        return assertThrows(CertPathValidatorException.class, () -> validate(name, at));
    }

    private void validate(String name, Instant at) throws IOException, GeneralSecurityException {
        CertificateFactory x509 = CertificateFactory.getInstance("X.509");
        X509Certificate authority;
        X509Certificate certificate;
        CertStore revoked;
        try (InputStream open = Files.newInputStream(project.folder("server/ca.pem"));
                InputStream own = Files.newInputStream(project.folder(name).resolve("certificate.pem"));
                InputStream list = Files.newInputStream(project.folder("server/revoked.pem"))) {
            authority = (X509Certificate) x509.generateCertificate(open);
            certificate = (X509Certificate) x509.generateCertificate(own);
            revoked = CertStore.getInstance(
                    "Collection", new CollectionCertStoreParameters(List.of(x509.generateCRL(list))));
        }
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        parameters.setRevocationEnabled(true);
        parameters.addCertStore(revoked);
        parameters.setDate(Date.from(at));
        CertPathValidator.getInstance("PKIX").validate(x509.generateCertPath(List.of(certificate)), parameters);
    }
}
