package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.stream.Stream;

/** Makes keys and requests. */
public final class RequestMaker {

    private RequestMaker() {}

    /**
     * Makes a key and a request in a folder.
     *
     * @return the key's fingerprint
     * @throws Refusal when the folder holds anything
     */
    public static String make(Identity identity, Path out) throws IOException {
        if (Files.isRegularFile(out)) {
            throw new Refusal(out + " is a file; give a folder with --out");
        }
        Changes.createFolder(out.toAbsolutePath());
        Changes changes = Changes.in(out);
        try (Stream<Path> entries = Files.list(out)) {
            if (entries.findAny().isPresent()) {
                throw new Refusal(out + " is not empty, and a key is never replaced; give a new folder with --out");
            }
        }
        KeyPair keys = Keys.make();
        changes.writeSecret(KitFiles.KEY, Pem.text(Pem.KEY, keys.getPrivate().getEncoded()));
        changes.write(KitFiles.REQUEST, Pem.text(Pem.REQUEST, KeyRequest.make(identity, keys)));
        changes.commit();
        return fingerprint(keys.getPublic());
    }

    /** The SHA-256 of a key as certificates hold it (SubjectPublicKeyInfo), in hexadecimal digits. */
    static String fingerprint(PublicKey key) {
        return Digests.of(key.getEncoded());
    }
}
