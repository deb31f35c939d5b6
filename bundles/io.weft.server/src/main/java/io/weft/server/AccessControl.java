package io.weft.server;

import io.weft.exchange.Link;
import io.weft.exchange.Service;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Decides who may turn to a server, and as what. */
public interface AccessControl {

    /** Everybody in this process is a site of the name that it gives, and stays away once it is gone. */
    AccessControl OF_THIS_PROCESS = (certificate, name, link) -> Optional.empty();

    /**
     * Receives who has said hello.
     *
     * @param certificate what the other end proved to own; empty where the transport is within one process
     * @param name who it says it is
     * @param link to it
     * @return what answers it; empty when it is a site
     * @throws io.weft.api.plugin.Refusal when it may not come in
     */
    Optional<Service> receive(Optional<X509Certificate> certificate, String name, Link link);

    /**
     * Looks again at who comes with a connection, or has come. Called by the threads of connections; returns soon.
     *
     * @param certificate what the other end proved to own; empty where the transport is within one process
     * @throws io.weft.api.plugin.Refusal when it may not stay, because its certificate was revoked or has expired
     */
    default void check(Optional<X509Certificate> certificate) {}

    /**
     * Looks whether a certificate is that of who goes by a name.
     *
     * @throws io.weft.api.plugin.Refusal when it is not
     */
    default void check(Optional<X509Certificate> certificate, String name) {}

    /** Whether a site that is gone may come back, so that its jobs wait for it. */
    default boolean sitesReturn() {
        return false;
    }

    /** A site has come or gone, or its connection broke or is back. Called by the threads of links; returns soon. */
    default void sitesChanged() {}
}
