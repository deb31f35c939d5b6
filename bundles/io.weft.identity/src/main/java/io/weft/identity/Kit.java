package io.weft.identity;

import io.weft.api.plugin.Refusal;
import io.weft.identity.internal.OpenedKit;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import javax.net.ssl.SSLContext;
import org.osgi.annotation.versioning.ProviderType;

/** A startup kit: what a server, a site or an admin needs to prove who they are and to know the others. */
@ProviderType
public interface Kit {

    /**
     * Opens the kit in a folder, at the time of the machine's clock.
     *
     * @throws Refusal when something is missing, damaged, expired, or does not belong together
     */
    static Kit open(Path folder) throws IOException {
        return open(folder, Clock.systemUTC());
    }

    /**
     * The same at another time.
     *
     * @throws Refusal when something is missing, damaged, expired, or does not belong together
     */
    static Kit open(Path folder, Clock clock) throws IOException {
        return OpenedKit.open(folder, clock);
    }

    /**
     * Whose kit lies in a folder, also when its certificate has expired.
     *
     * @throws Refusal when there is no certificate of Weft's
     */
    static Identity owner(Path folder) throws IOException {
        return OpenedKit.owner(folder);
    }

    /**
     * What is wrong with a clock, as far as the kit in a folder tells: its certificate and its files must not be of the future.
     *
     * @return in one sentence with what to do; empty when nothing is known to be wrong
     */
    static Optional<String> clockProblem(Path folder, Clock clock) throws IOException {
        return OpenedKit.clockProblem(folder, clock);
    }

    /** Whose kit it is. */
    Identity identity();

    /** The project's name. */
    String project();

    /** Where the project's server is reached. */
    ServerAddress server();

    /** At a server: the sites of the project by name, with their organisations. A site's and an admin's kit names none. */
    SortedMap<String, String> sites();

    /** The own certificate. */
    X509Certificate certificate();

    /** The project's own certificate, which signs all others. */
    X509Certificate authority();

    /** Which certificates of the project are revoked. The kit's {@code revoked.pem} may be replaced while it is used. */
    Revocations revocations();

    /**
     * TLS with the kit's key, for both ends. It trusts who is of this project and not revoked: at a server sites and admins, at a site
     * or an admin the server. The server's host is compared with its certificate only where the engine's parameters ask for it.
     *
     * <p>A session that is resumed is not checked again, so who accepts a connection asks {@link #identify} who it is.
     */
    SSLContext tls();

    /**
     * Who a peer is whose certificate a handshake proved, if that still counts.
     *
     * @throws Refusal when the certificate was revoked or expired since
     */
    Identity identify(X509Certificate peer);

    /** The end of the own certificate. */
    Instant until();

    /** What should be mended before it stops something: a certificate that ends soon, a key that others can read. */
    List<String> warnings();
}
