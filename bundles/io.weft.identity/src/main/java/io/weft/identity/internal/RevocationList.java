package io.weft.identity.internal;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/** A project's list of revoked certificates, whose signature was verified. */
final class RevocationList {

    private static final String NUMBER = "2.5.29.20";
    private static final int OCTETS = 0x04;
    private static final int INTEGER = 0x02;
    private static final int HEADERS = 4;

    private final X509CRL list;

    private RevocationList(X509CRL list) {
        this.list = list;
    }

    /**
     * Reads a list.
     *
     * @throws io.weft.api.plugin.Refusal when the file is not there or damaged
     * @throws GeneralSecurityException when another authority signed it
     */
    static RevocationList read(Path file, X509Certificate authority) throws IOException, GeneralSecurityException {
        X509CRL list = Pem.revoked(file);
        list.verify(authority.getPublicKey());
        return new RevocationList(list);
    }

    X509CRL list() {
        return list;
    }

    /** Its number; a later list has a greater one. */
    BigInteger number() {
        // An octet string around an integer (RFC 5280, 5.2.3); both are shorter than 128 bytes.
        byte[] encoded = list.getExtensionValue(NUMBER);
        boolean plain = encoded != null
                && encoded.length > HEADERS
                && encoded.length < Byte.MAX_VALUE
                && encoded[0] == OCTETS
                && encoded[2] == INTEGER;
        return plain ? new BigInteger(Arrays.copyOfRange(encoded, HEADERS, encoded.length)) : BigInteger.ZERO;
    }

    /** When a certificate was revoked. */
    Optional<Instant> revoked(X509Certificate certificate) {
        return Optional.ofNullable(list.getRevokedCertificate(certificate.getSerialNumber()))
                .map(X509CRLEntry::getRevocationDate)
                .map(date -> date.toInstant());
    }
}
