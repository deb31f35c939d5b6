package io.weft.server;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * What makes a server.
 *
 * @param transport the transport plugin's name
 * @param at where it listens
 * @param tls its certificate and whose it trusts; empty where the transport is within one process
 * @param alarm rings at the deadlines of rounds, and is the caller's to close
 * @param patience how long the end of a job waits for a site that does not stop
 * @param access whom it lets in
 */
public record ServerSetup(
        String transport, URI at, Optional<SSLContext> tls, Alarm alarm, Duration patience, AccessControl access) {}
