package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys, certificates and what else a kit holds, as <a href="https://www.rfc-editor.org/rfc/rfc7468">PEM</a>. */
public final class Pem {

    static final String CERTIFICATE = "CERTIFICATE";
    static final String KEY = "PRIVATE KEY";
    static final String REQUEST = "CERTIFICATE REQUEST";
    static final String REVOKED = "X509 CRL";

    private static final int LINE = 64;
    private static final long LARGEST = 16 << 20;

    private Pem() {}

    static byte[] text(String label, byte[] content) {
        String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(content);
        return ("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] text(X509Certificate certificate) {
        try {
            return text(CERTIFICATE, certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new AssertionError("a certificate that was read or made is encoded", e);
        }
    }

    /**
     * The first block of a label.
     *
     * @throws Refusal when the file is not there or has none
     */
    static byte[] block(String label, Path file) throws IOException {
        String text = Files.size(existing(file)) > LARGEST ? "" : Files.readString(file, StandardCharsets.ISO_8859_1);
        Matcher block = Pattern.compile("-----BEGIN " + label + "-----([^-]*)-----END " + label + "-----")
                .matcher(text);
        if (!block.find()) {
            throw new Refusal(file + " holds no '-----BEGIN " + label + "-----'; put the file of the kit back");
        }
        try {
            return Base64.getMimeDecoder().decode(block.group(1));
        } catch (IllegalArgumentException e) {
            throw damaged(file, label, e);
        }
    }

    /** The certificate in a file. */
    static X509Certificate certificate(Path file) throws IOException {
        try {
            return (X509Certificate) x509().generateCertificate(new ByteArrayInputStream(block(CERTIFICATE, file)));
        } catch (CertificateException e) {
            throw damaged(file, CERTIFICATE, e);
        }
    }

    /** The list of revoked certificates in a file. */
    static X509CRL revoked(Path file) throws IOException {
        try {
            return (X509CRL) x509().generateCRL(new ByteArrayInputStream(block(REVOKED, file)));
        } catch (CRLException e) {
            throw damaged(file, REVOKED, e);
        }
    }

    /** The elliptic-curve key in a file. */
    static PrivateKey key(Path file) throws IOException {
        try {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(block(KEY, file)));
        } catch (GeneralSecurityException e) {
            throw damaged(file, KEY, e);
        }
    }

    private static Refusal damaged(Path file, String label, Exception cause) {
        return new Refusal(
                file + " is damaged: its " + label + " cannot be read (" + cause.getMessage()
                        + "); put the file of the kit back",
                cause);
    }

    private static Path existing(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return file;
    }

    static CertificateFactory x509() {
        try {
            return CertificateFactory.getInstance("X.509");
        } catch (CertificateException e) {
            throw new AssertionError("every Java platform reads X.509", e);
        }
    }
}
