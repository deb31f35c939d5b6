package io.weft.launch;

import java.net.URI;
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
}
