package io.weft.api.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate authority for tests of transports: it makes the keys of servers and sites, good ones and bad ones. Certificates (RFC 5280) are
 * for {@code localhost} and for their own name, last a day, and have keys on P-256.
 */
public final class TestAuthority {

    private static final char[] PASSWORD = "test".toCharArray();

    private static final Duration HOUR = Duration.ofHours(1);

    private static final Duration DAY = Duration.ofDays(1);

    private final String name;
    private final KeyPair keys = newKeys();
    private final X509Certificate certificate;

    public TestAuthority(String name) {
        this.name = name;
        Instant now = Instant.now();
        this.certificate = certificate(name, keys.getPublic(), now.minus(HOUR), now.plus(DAY), Der.AUTHORITY);
    }

    /** The keys of an end of that name, which trusts what this authority has signed. */
    public SSLContext context(String end) {
        Instant now = Instant.now();
        return context(end, now.minus(HOUR), now.plus(DAY), this);
    }

    /** Keys whose certificate was good until an hour ago. */
    public SSLContext expired(String end) {
        Instant now = Instant.now();
        return context(end, now.minus(DAY), now.minus(HOUR), this);
    }

    /** Keys whose certificate is good from tomorrow on. */
    public SSLContext early(String end) {
        Instant now = Instant.now();
        return context(end, now.plus(DAY), now.plus(DAY.multipliedBy(2)), this);
    }

    /** Keys of this authority at an end that trusts another one. */
    public SSLContext trusting(String end, TestAuthority trusted) {
        Instant now = Instant.now();
        return context(end, now.minus(HOUR), now.plus(DAY), trusted);
    }

    /** No keys: an end that trusts this authority and proves nothing. */
    public SSLContext anonymous() {
        return context(new KeyManager[0], this);
    }

    private SSLContext context(String end, Instant from, Instant until, TestAuthority trusted) {
        KeyPair own = newKeys();
        X509Certificate signed = certificate(end, own.getPublic(), from, until, Der.names(end));
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, PASSWORD);
            store.setKeyEntry(end, own.getPrivate(), PASSWORD, new X509Certificate[] {signed});
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, PASSWORD);
            return context(factory.getKeyManagers(), trusted);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyManager[] own, TestAuthority trusted) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, PASSWORD);
            store.setCertificateEntry(trusted.name, trusted.certificate);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own, factory.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate certificate(
            String subject, PublicKey key, Instant from, Instant until, List<byte[]> extensions) {
        byte[] content = Der.sequence(
                Der.tagged(0xa0, Der.integer(BigInteger.TWO)),
                Der.integer(BigInteger.valueOf(System.nanoTime()).abs()),
                Der.ECDSA_WITH_SHA256,
                Der.commonName(name),
                Der.sequence(Der.time(from), Der.time(until)),
                Der.commonName(subject),
                key.getEncoded(),
                Der.tagged(0xa3, Der.sequence(extensions.toArray(byte[][]::new))));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(content);
            byte[] whole = Der.sequence(content, Der.ECDSA_WITH_SHA256, Der.bits(signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As much of ASN.1's distinguished encoding (X.690) as a certificate needs. */
    private static final class Der {

        static final byte[] ECDSA_WITH_SHA256 = sequence(identifier(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

        /** Basic constraints: an authority. */
        static final List<byte[]> AUTHORITY = List.of(sequence(
                identifier(0x55, 0x1d, 0x13),
                tagged(0x01, new byte[] {(byte) 0xff}),
                tagged(0x04, sequence(tagged(0x01, new byte[] {(byte) 0xff})))));

        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

        private Der() {}

        /** Subject alternative names: the name itself, localhost and its address. */
        static List<byte[]> names(String name) {
            byte[] names = sequence(
                    tagged(0x82, name.getBytes(StandardCharsets.US_ASCII)),
                    tagged(0x82, "localhost".getBytes(StandardCharsets.US_ASCII)),
                    tagged(0x87, new byte[] {127, 0, 0, 1}));
            return List.of(sequence(identifier(0x55, 0x1d, 0x11), tagged(0x04, names)));
        }

        static byte[] commonName(String name) {
            byte[] attribute =
                    sequence(identifier(0x55, 0x04, 0x03), tagged(0x0c, name.getBytes(StandardCharsets.UTF_8)));
            return sequence(tagged(0x31, attribute));
        }

        static byte[] time(Instant instant) {
            return tagged(0x18, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
        }

        static byte[] integer(BigInteger value) {
            return tagged(0x02, value.toByteArray());
        }

        static byte[] bits(byte[] content) {
            return tagged(0x03, new byte[1], content);
        }

        static byte[] sequence(byte[]... parts) {
            return tagged(0x30, parts);
        }

        private static byte[] identifier(int... bytes) {
            byte[] content = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                content[i] = (byte) bytes[i];
            }
            return tagged(0x06, content);
        }

        static byte[] tagged(int tag, byte[]... parts) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                content.writeBytes(part);
            }
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.write(tag);
            int length = content.size();
            if (length < 0x80) {
                whole.write(length);
            } else {
                byte[] bytes = BigInteger.valueOf(length).toByteArray();
                int first = bytes[0] == 0 ? 1 : 0;
                whole.write(0x80 | (bytes.length - first));
                whole.write(bytes, first, bytes.length - first);
            }
            whole.writeBytes(content.toByteArray());
            return whole.toByteArray();
        }
    }
}
