package io.weft.launch;

import java.net.URI;
import java.security.cert.X509Certificate;
import org.osgi.annotation.versioning.ConsumerType;

/** A page on which a browser sees how the resident of this process is. */
@ConsumerType
public interface StatusPage {

    /** Where it is, or why it is nowhere, in a few words. */
    String words();

    /**
     * An address that opens the page once, without a certificate.
     *
     * @throws RuntimeException a refusal, in one line, when there is no page
     */
    URI once();

    /**
     * An address that opens the page once, for an admin: what is opened by it is theirs to see as long as this certificate counts.
     *
     * @throws RuntimeException a refusal, in one line, when there is no page, or it is not for them
     */
    URI once(X509Certificate admin);
}
