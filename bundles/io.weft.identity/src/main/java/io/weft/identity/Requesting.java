package io.weft.identity;

import io.weft.identity.internal.RequestMaker;
import java.io.IOException;
import java.nio.file.Path;

/** Makes a participant's own key, and the request for its certificate that goes to the project's administrator. */
public final class Requesting {

    private Requesting() {}

    /**
     * Makes {@code key.pem}, which stays, and {@code request.pem}, which is sent, in a folder that does not exist or is empty.
     *
     * @return the fingerprint of the key, which the administrator sees too when the request is approved
     * @throws io.weft.api.plugin.Refusal when the folder holds anything
     */
    public static String make(Identity identity, Path out) throws IOException {
        return RequestMaker.make(identity, out);
    }
}
