package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * A participant's request for a certificate (<a href="https://www.rfc-editor.org/rfc/rfc2986">PKCS #10</a>), which whoever holds the
 * key has signed.
 */
record KeyRequest(Identity identity, PublicKey key) {

    /** The request for a key, encoded. */
    static byte[] make(Identity identity, KeyPair keys) throws IOException {
        try {
            return new JcaPKCS10CertificationRequestBuilder(DistinguishedName.of(identity), keys.getPublic())
                    .build(new JcaContentSignerBuilder(Keys.SIGNATURE).build(keys.getPrivate()))
                    .getEncoded();
        } catch (OperatorCreationException e) {
            throw new AssertionError("every Java platform signs with P-256", e);
        }
    }

    /**
     * Reads a request.
     *
     * @throws Refusal when it is none, its signature is not the key's, or the key is weak
     */
    static KeyRequest read(Path file) throws IOException {
        byte[] encoded = Pem.block(Pem.REQUEST, file);
        try {
            var request = new JcaPKCS10CertificationRequest(encoded);
            PublicKey key = request.getPublicKey();
            if (!Keys.isStrong(key)) {
                throw new Refusal(file + " asks for a " + key.getAlgorithm()
                        + " key; allowed: an elliptic-curve key of 256 bits or more, as 'weft request' makes");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new Refusal(file
                        + " was changed after it was made: its signature is not that of its key; have it made anew");
            }
            return new KeyRequest(
                    DistinguishedName.identity(
                            new X500Principal(request.getSubject().getEncoded())),
                    key);
        } catch (CertificateException e) {
            throw new Refusal(file + ": " + e.getMessage(), e);
        } catch (IOException | GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new Refusal(file + " is no request that can be read (" + e.getMessage() + "); have it made anew", e);
        }
    }
}
