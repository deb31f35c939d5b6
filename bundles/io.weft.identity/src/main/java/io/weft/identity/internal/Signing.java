package io.weft.identity.internal;

import io.weft.identity.Identity;
import io.weft.identity.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Signs certificates and revocation lists with a project's key, as <a href="https://www.rfc-editor.org/rfc/rfc5280">RFC 5280</a> has them. */
final class Signing {

    /** Clocks of participants may be behind by this much. */
    private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);

    private static final int SERIAL_BITS = 127;

    private final X509Certificate authority;
    private final PrivateKey key;
    private final Instant now;

    Signing(X509Certificate authority, PrivateKey key, Instant now) {
        this.authority = authority;
        this.key = key;
        this.now = now.truncatedTo(ChronoUnit.SECONDS);
    }

    /** A project's own certificate, which its own key signs. */
    static X509Certificate authority(
            String project, PublicKey open, PrivateKey secret, Instant now, Duration validity) {
        Instant from = now.truncatedTo(ChronoUnit.SECONDS).minus(CLOCKS_DIFFER);
        var subject = DistinguishedName.ofAuthority(project);
        var builder = new JcaX509v3CertificateBuilder(
                subject, serial(), Date.from(from), Date.from(now.plus(validity)), subject, open);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(open));
            return signed(builder, secret);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new AssertionError("a certificate of our own making can be made", e);
        }
    }

    /**
     * A participant's certificate.
     *
     * @param serverNames a server's names and addresses
     */
    X509Certificate certificate(Identity of, PublicKey open, List<String> serverNames, Duration validity) {
        Instant end = now.plus(validity);
        Instant last = authority.getNotAfter().toInstant();
        var builder = new JcaX509v3CertificateBuilder(
                authority.getSubjectX500Principal(),
                serial(),
                Date.from(now.minus(CLOCKS_DIFFER)),
                Date.from(end.isAfter(last) ? last : end),
                DistinguishedName.of(of),
                open);
        try {
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            of.kind() == Kind.SERVER ? KeyPurposeId.id_kp_serverAuth : KeyPurposeId.id_kp_clientAuth));
            builder.addExtension(Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(open));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    extensions.createAuthorityKeyIdentifier(authority.getPublicKey()));
            if (of.kind() == Kind.SERVER) {
                builder.addExtension(Extension.subjectAlternativeName, false, ServerNames.general(serverNames));
            }
            return signed(builder, key);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new AssertionError("a certificate of our own making can be made", e);
        }
    }

    /** The list of revoked certificates: those of the former list and these. */
    X509CRL revoked(Optional<X509CRL> former, BigInteger number, List<X509Certificate> more) {
        // It has no successor at a known time: it counts for as long as the authority.
        var builder = new JcaX509v2CRLBuilder(authority.getSubjectX500Principal(), Date.from(now))
                .setNextUpdate(authority.getNotAfter());
        for (X509CRLEntry entry : entries(former)) {
            builder.addCRLEntry(entry.getSerialNumber(), entry.getRevocationDate(), CRLReason.unspecified);
        }
        for (X509Certificate certificate : more) {
            builder.addCRLEntry(certificate.getSerialNumber(), Date.from(now), CRLReason.unspecified);
        }
        try {
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.getPublicKey()));
            builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
            byte[] encoded = builder.build(new JcaContentSignerBuilder(Keys.SIGNATURE).build(key))
                    .getEncoded();
            return (X509CRL) Pem.x509().generateCRL(new ByteArrayInputStream(encoded));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new AssertionError("a list of our own making can be made", e);
        }
    }

    private static List<X509CRLEntry> entries(Optional<X509CRL> list) {
        return list.map(X509CRL::getRevokedCertificates)
                .<List<X509CRLEntry>>map(ArrayList::new)
                .orElseGet(List::of);
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        byte[] encoded = builder.build(new JcaContentSignerBuilder(Keys.SIGNATURE).build(key))
                .getEncoded();
        return (X509Certificate) Pem.x509().generateCertificate(new ByteArrayInputStream(encoded));
    }

    private static BigInteger serial() {
        return new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE);
    }
}
