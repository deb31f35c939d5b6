package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What openssl says about kits, where there is an openssl. */
class OpensslTest {

    private static final Optional<Path> OPENSSL = Stream.of(
                    Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator, -1))
            .map(part -> Path.of(part, "openssl"))
            .filter(Files::isExecutable)
            .findFirst();

    @TempDir
    Path folder;

    private ProjectFolder project;

    @BeforeEach
    void clinics() throws IOException, InterruptedException {
        assumeTrue(
                OPENSSL.isPresent() && openssl("version").startsWith("OpenSSL 3"), "there is no openssl 3 on the path");
        project = ProjectFolder.in(folder).at(Instant.now());
        project.provision();
    }

    @Test
    void verifiesTheChainForItsPurposeAndItsNames() throws Exception {
        assertEquals(
                "certificate.pem: OK\n",
                openssl(
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "sslserver",
                        "-verify_hostname",
                        "localhost",
                        "-CAfile",
                        "ca.pem",
                        "certificate.pem"));
        assertEquals(
                "certificate.pem: OK\n",
                openssl("verify", "-x509_strict", "-verify_ip", "::1", "-CAfile", "ca.pem", "certificate.pem"));
        assertTrue(openssl("verify", "-verify_hostname", "elsewhere", "-CAfile", "ca.pem", "certificate.pem")
                .contains("hostname mismatch"));
        assertTrue(openssl("verify", "-purpose", "sslclient", "-CAfile", "ca.pem", "certificate.pem")
                .contains("unsuitable certificate purpose"));
        assertEquals(
                "../site-1/certificate.pem: OK\n",
                openssl(
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "sslclient",
                        "-CAfile",
                        "ca.pem",
                        "../site-1/certificate.pem"));
    }

    @Test
    void knowsTheEndOfACertificate() throws Exception {
        long afterwards = project.kit("site-1").until().plusSeconds(1).getEpochSecond();

        assertTrue(openssl(
                        "verify",
                        "-attime",
                        Long.toString(afterwards),
                        "-CAfile",
                        "ca.pem",
                        "../site-1/certificate.pem")
                .contains("certificate has expired"));
    }

    @Test
    void readsWhoItIs() throws Exception {
        assertEquals(
                "subject=O=north,OU=admin,role=lead,CN=lead@example.org\n",
                openssl(
                                "x509",
                                "-in",
                                "../lead@example.org/certificate.pem",
                                "-noout",
                                "-subject",
                                "-nameopt",
                                "sep_comma_plus")
                        .replace(", ", ","));
    }

    @Test
    void findsRevokedCertificatesInTheList() throws Exception {
        project.provision(new Wish.Revoke("site-2"));

        assertEquals(
                "../site-1/certificate.pem: OK\n",
                openssl(
                        "verify",
                        "-crl_check",
                        "-CAfile",
                        "ca.pem",
                        "-CRLfile",
                        "revoked.pem",
                        "../site-1/certificate.pem"));
        assertTrue(openssl(
                        "verify",
                        "-crl_check",
                        "-CAfile",
                        "ca.pem",
                        "-CRLfile",
                        "revoked.pem",
                        "../site-2/certificate.pem")
                .contains("certificate revoked"));
    }

    @Test
    void verifiesARequest() throws Exception {
        Requesting.make(Identity.site("site-9", "west"), folder.resolve("own"));

        String said = openssl("req", "-in", folder.resolve("own/request.pem").toString(), "-noout", "-verify");
        assertTrue(said.toLowerCase(Locale.ROOT).contains("self-signature verify ok"), said);
    }

    /** What it printed, in the folder of the server's kit where there is one. */
    private String openssl(String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(OPENSSL.orElseThrow().toString()));
        command.addAll(List.of(words));
        Path kit = folder.resolve("kits/server");
        Process process = new ProcessBuilder(command)
                .directory((Files.isDirectory(kit) ? kit : folder).toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
