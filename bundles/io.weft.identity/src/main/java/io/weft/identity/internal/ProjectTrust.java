package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Kind;
import io.weft.identity.Revocations;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertPathValidatorException.Reason;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts the participants of one project: whose certificate its authority signed, who is of the right kind for this end of the
 * connection, and whose certificate is valid and not revoked. Says why it does not trust somebody, by name.
 */
public final class ProjectTrust extends X509ExtendedTrustManager {

    private static final Set<Kind> WHO_DIALS = EnumSet.of(Kind.SITE, Kind.ADMIN);
    private static final Set<Kind> WHO_IS_DIALED = EnumSet.of(Kind.SERVER);

    /** A check of the platform's. */
    @FunctionalInterface
    private interface Check {
        void pass() throws CertificateException;
    }

    private final X509ExtendedTrustManager platform;
    private final X509Certificate authority;
    private final Revocations revocations;

    public ProjectTrust(X509Certificate authority, Revocations revocations) {
        this.platform = platform(authority);
        this.authority = authority;
        this.revocations = revocations;
    }

    private static X509ExtendedTrustManager platform(X509Certificate authority) {
        try {
            var parameters =
                    new PKIXBuilderParameters(Set.of(new TrustAnchor(authority, null)), new X509CertSelector());
            // Revocations are looked up below: the platform would take an old list for none.
            parameters.setRevocationEnabled(false);
            var factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            return Arrays.stream(factory.getTrustManagers())
                    .filter(X509ExtendedTrustManager.class::isInstance)
                    .map(X509ExtendedTrustManager.class::cast)
                    .findFirst()
                    .orElseThrow();
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform validates paths by PKIX", e);
        }
    }

    /**
     * Who a peer is whose certificate was proven in a handshake, if that still counts now.
     *
     * @throws Refusal when the certificate was revoked or expired meanwhile
     */
    public Identity identify(X509Certificate peer, Instant now) {
        try {
            Identity identity = Identity.of(peer);
            refuseRevoked(identity, peer);
            if (now.isAfter(peer.getNotAfter().toInstant())) {
                throw expired(identity.toString(), peer);
            }
            return identity;
        } catch (CertificateException e) {
            throw new Refusal(e.getMessage(), e);
        }
    }

    private void check(X509Certificate[] chain, Set<Kind> allowed, Check check) throws CertificateException {
        try {
            check.pass();
        } catch (CertificateException e) {
            throw explained(chain[0], e);
        }
        Identity peer = Identity.of(chain[0]);
        if (!allowed.contains(peer.kind())) {
            throw new CertificateException("the other end is " + peer + ", and only a "
                    + (allowed == WHO_IS_DIALED ? "server" : "site or an admin") + " may be there");
        }
        refuseRevoked(peer, chain[0]);
    }

    private void refuseRevoked(Identity peer, X509Certificate certificate) throws CertificateException {
        Optional<Instant> revoked = revocations.revoked(certificate);
        if (revoked.isPresent()) {
            throw because(
                    BasicReason.REVOKED,
                    "the certificate of " + peer + " (" + serial(certificate) + ") was revoked on " + revoked.get());
        }
    }

    private CertificateException explained(X509Certificate certificate, CertificateException cause) {
        Optional<Reason> reason = reason(cause);
        String who = name(certificate);
        if (reason.equals(Optional.of(BasicReason.EXPIRED))) {
            return expired(who, certificate);
        }
        if (reason.equals(Optional.of(BasicReason.NOT_YET_VALID))) {
            return because(
                    BasicReason.NOT_YET_VALID,
                    "the certificate of " + who + " counts from "
                            + certificate.getNotBefore().toInstant() + " on; compare the clocks of both machines");
        }
        if (!certificate.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
            return new CertificateException(
                    "'" + certificate.getIssuerX500Principal() + "' signed the certificate of " + who
                            + ", and only those of this project's authority '" + authority.getSubjectX500Principal()
                            + "' count",
                    cause);
        }
        return new CertificateException(
                "the certificate of " + who + " is not valid here (" + cause.getMessage() + ")", cause);
    }

    private static CertificateException expired(String who, X509Certificate certificate) {
        return because(
                BasicReason.EXPIRED,
                "the certificate of " + who + " expired on "
                        + certificate.getNotAfter().toInstant() + "; the project's administrator renews it");
    }

    /** The platform tells the other end the reason. */
    private static CertificateException because(Reason reason, String message) {
        return new CertificateException(message, new CertPathValidatorException(message, null, null, -1, reason));
    }

    private static Optional<Reason> reason(Throwable problem) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException path && path.getReason() != BasicReason.UNSPECIFIED) {
                return Optional.of(path.getReason());
            }
        }
        return Optional.empty();
    }

    private static String name(X509Certificate certificate) {
        try {
            return Identity.of(certificate).toString();
        } catch (CertificateException e) {
            return "'" + certificate.getSubjectX500Principal() + "'";
        }
    }

    static String serial(X509Certificate certificate) {
        return "serial " + certificate.getSerialNumber().toString(16);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, WHO_DIALS, () -> platform.checkClientTrusted(chain, type, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, WHO_IS_DIALED, () -> platform.checkServerTrusted(chain, type, engine));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, WHO_DIALS, () -> platform.checkClientTrusted(chain, type, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, WHO_IS_DIALED, () -> platform.checkServerTrusted(chain, type, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, WHO_DIALS, () -> platform.checkClientTrusted(chain, type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, WHO_IS_DIALED, () -> platform.checkServerTrusted(chain, type));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[] {authority};
    }
}
