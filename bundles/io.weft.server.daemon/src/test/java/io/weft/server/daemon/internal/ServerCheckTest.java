package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.identity.ProjectFile;
import io.weft.identity.Provisioning;
import io.weft.identity.Wish;
import io.weft.launch.Resident.Finding;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerCheckTest {

    private static final Clock NOW = Clock.systemUTC();

    @TempDir
    Path folder;

    private Path home;
    private ServerSocket taken;

    @BeforeEach
    void lay() throws Exception {
        home = folder.resolve("server");
        taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Path kits = folder.resolve("kits");
        Provisioning.run(
                ProjectFile.parse("""
                        name: one-clinic
                        server: {host: localhost, port: %d}
                        sites: [{name: site-1, organisation: north}]
                        admins: [{name: lead@example.org, organisation: north, role: lead}]
                        """.formatted(taken.getLocalPort()), "project.yaml"), kits, new Wish.Nothing(), NOW);
        Files.createDirectories(home.resolve("data"));
        Files.move(kits.resolve("server"), home.resolve("kit"));
    }

    @AfterEach
    void release() throws Exception {
        taken.close();
    }

    private Finding finding(String subject, Clock clock) throws Exception {
        List<Finding> findings = new ServerCheck(home, clock)
                .findings().stream()
                        .filter(one -> one.subject().equals(subject))
                        .toList();
        assertEquals(1, findings.size(), findings.toString());
        return findings.get(0);
    }

    @Test
    void aPortThatSomebodyElseHasIsToldWithWhatToDo() throws Exception {
        Finding port = finding("port", NOW);

        assertTrue(!port.fine() && port.words().contains("end who has it"), port.toString());
    }

    @Test
    void aPortThatTheHomesOwnServerHasIsFine() throws Exception {
        long process = ProcessHandle.current().pid();
        Files.writeString(home.resolve("data/resident.pid"), process + "\n");

        Finding port = finding("port", NOW);

        assertTrue(port.fine() && port.words().contains("process " + process), port.toString());
    }

    @Test
    void aClockThatIsBehindIsTold() throws Exception {
        assertTrue(finding("clock", NOW).fine());

        Finding clock = finding("clock", Clock.offset(NOW, Duration.ofDays(-2)));

        assertTrue(!clock.fine() && clock.words().contains("set the clock"), clock.toString());
    }

    @Test
    void memoryIsLookedAt() throws Exception {
        assertTrue(finding("memory", NOW).words().contains("MB in this machine"));
    }
}
