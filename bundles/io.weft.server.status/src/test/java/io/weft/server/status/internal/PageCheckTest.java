package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.identity.ProjectFile;
import io.weft.identity.Provisioning;
import io.weft.identity.Wish;
import io.weft.launch.Resident.Finding;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCheckTest {

    @TempDir
    Path folder;

    private Path home;

    @BeforeEach
    void lay() throws IOException {
        home = folder.resolve("home");
        Files.createDirectories(home.resolve("conf"));
        Files.createDirectories(home.resolve("data"));
        Provisioning.run(
                ProjectFile.parse("""
                        name: one-clinic
                        server: {host: localhost, port: 8443}
                        sites: [{name: site-1, organisation: north}]
                        admins: [{name: lead@example.org, organisation: north, role: lead}]
                        """, "project.yaml"), folder.resolve("kits"), new Wish.Nothing(), Clock.systemUTC());
        Files.move(folder.resolve("kits/server"), home.resolve("kit"));
    }

    private Finding found(String settings) throws IOException {
        Files.writeString(home.resolve("conf/status-page.yaml"), settings);
        List<Finding> findings = new PageCheck().check(home);
        assertEquals(1, findings.size(), findings.toString());
        return findings.get(0);
    }

    @Test
    void aPortThatSomebodyElseHasIsToldWithWhatToDo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            Finding page = found("port: " + taken.getLocalPort() + "\n");

            assertTrue(!page.fine() && page.words().contains("name another in conf/status-page.yaml"), page.toString());
        }
    }

    @Test
    void aPortThatTheHomesOwnServerHasIsFine() throws IOException {
        Files.writeString(
                home.resolve("data/resident.pid"), ProcessHandle.current().pid() + "\n");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            assertTrue(found("port: " + taken.getLocalPort() + "\n").fine());
        }
    }

    @Test
    void settingsThatCannotBeReadAreToldWithTheirLine() throws IOException {
        Finding page = found("serve: true\nport: many\n");

        assertTrue(!page.fine() && page.words().contains("status-page.yaml:2"), page.toString());
    }

    @Test
    void noPageAndAnyPortAreFine() throws IOException {
        assertTrue(found("serve: false\n").fine());
        assertTrue(found("port: 0\n").fine());
    }

    @Test
    void aHomeWithoutAKitIsNotThePagesToTell() throws IOException {
        assertEquals(List.of(), new PageCheck().check(folder));
    }
}
