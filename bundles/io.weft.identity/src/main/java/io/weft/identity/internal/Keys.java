package io.weft.identity.internal;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;

/** Elliptic-curve keys on P-256, which every TLS 1.3 takes. */
final class Keys {

    static final String SIGNATURE = "SHA256withECDSA";

    private static final String CURVE = "secp256r1";
    private static final int BITS = 256;

    private Keys() {}

    static KeyPair make() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(CURVE));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has P-256", e);
        }
    }

    /** Whether a participant may have such a key. */
    static boolean isStrong(PublicKey key) {
        return key instanceof ECPublicKey ec
                && ec.getParams().getCurve().getField().getFieldSize() >= BITS;
    }

    /** Whether what one key signs the other one verifies. */
    static boolean belong(PrivateKey secret, PublicKey open) {
        byte[] probe = {1, 2, 3, 4};
        try {
            Signature signing = Signature.getInstance(SIGNATURE);
            signing.initSign(secret);
            signing.update(probe);
            byte[] signature = signing.sign();
            Signature verifying = Signature.getInstance(SIGNATURE);
            verifying.initVerify(open);
            verifying.update(probe);
            return verifying.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
