package io.weft.transport.mina;

import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** The TLS that both ends speak: version 1.3, AES-GCM (the processor has instructions for it), a certificate at both ends. */
final class Tls {

    private static final List<String> CIPHERS = List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384");

    private Tls() {}

    static Supplier<SSLEngine> accepting(SSLContext context) {
        return () -> {
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            SSLParameters parameters = parameters();
            parameters.setNeedClientAuth(true);
            engine.setSSLParameters(parameters);
            return engine;
        };
    }

    /** Who dials wants a certificate for the name it dialed: otherwise each site could play the server to the others. */
    static Supplier<SSLEngine> dialing(SSLContext context, Address to) {
        return () -> {
            SSLEngine engine = context.createSSLEngine(to.host(), to.port());
            engine.setUseClientMode(true);
            SSLParameters parameters = parameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
            return engine;
        };
    }

    private static SSLParameters parameters() {
        return new SSLParameters(CIPHERS.toArray(String[]::new), new String[] {"TLSv1.3"});
    }
}
