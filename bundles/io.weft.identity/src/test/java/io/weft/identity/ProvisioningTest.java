package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Standing.State;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvisioningTest {

    @TempDir
    Path folder;

    private ProjectFolder project;

    @BeforeEach
    void clinics() {
        project = ProjectFolder.in(folder);
    }

    @Test
    void makesAKitForEverybody() throws IOException {
        assertEquals(
                Map.of(
                        "server",
                        State.MADE,
                        "site-1",
                        State.MADE,
                        "site-2",
                        State.MADE,
                        "lead@example.org",
                        State.MADE),
                project.provision());

        Kit site = project.kit("site-1");
        assertEquals(Identity.site("site-1", "north"), site.identity());
        assertEquals("three-clinics", site.project());
        assertEquals(new ServerAddress("localhost", 8443), site.server());
        assertEquals(
                Identity.admin("lead@example.org", "north", Role.LEAD),
                project.kit("lead@example.org").identity());
        assertEquals(
                Identity.server("server", "three-clinics"),
                project.kit("server").identity());
        assertEquals(List.of(), site.warnings());
    }

    @Test
    void onlyTheOwnerCanReadWhatIsSecret() throws IOException {
        project.provision();

        for (String secret : List.of("server/key.pem", "site-1/key.pem", "authority/ca-key.pem")) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(project.folder(secret))),
                    secret);
        }
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(project.folder("site-1"))));
    }

    @Test
    void aSecondTimeChangesNothing() throws IOException {
        project.provision();
        Map<String, byte[]> before = files();

        assertEquals(
                Map.of(
                        "server",
                        State.KEPT,
                        "site-1",
                        State.KEPT,
                        "site-2",
                        State.KEPT,
                        "lead@example.org",
                        State.KEPT),
                project.provision());
        assertSame(before, files());
    }

    @Test
    void addsWhoIsNewAndKeepsTheOthers() throws IOException {
        project.provision();
        Map<String, byte[]> before = files();
        ProjectFolder larger = project.saying(
                ProjectFolder.CLINICS.replace("admins:", "- {name: site-3, organisation: west}\nadmins:"));

        assertEquals(State.MADE, larger.provision().get("site-3"));

        Map<String, byte[]> after = files();
        before.keySet().removeIf("server/kit.yaml"::equals); // It names the sites.
        before.forEach((file, content) -> assertArrayEquals(content, after.get(file), file));
        assertEquals(
                new TreeMap<>(Map.of("site-1", "north", "site-2", "south", "site-3", "west")),
                larger.kit("server").sites());
        assertEquals(Identity.site("site-3", "west"), larger.kit("site-3").identity());
        assertEquals(larger.kit("site-1").authority(), larger.kit("site-3").authority());
    }

    @Test
    void aKitThatWasHandedOverIsNotMadeAgain() throws IOException {
        project.provision();
        Files.move(project.folder("site-1"), folder.resolve("handed-over"));

        assertEquals(State.ELSEWHERE, project.provision().get("site-1"));
        assertFalse(Files.exists(project.folder("site-1")));
    }

    @Test
    void tellsWhoIsNotInTheProjectFileAnyMore() throws IOException {
        project.provision();
        ProjectFolder smaller =
                project.saying(ProjectFolder.CLINICS.replace("- {name: site-2, organisation: south}\n", ""));

        assertEquals(State.UNNAMED, smaller.provision().get("site-2"));
    }

    @Test
    void aMovedServerNeedsANewCertificateAndEverybodyItsNewAddress() throws IOException {
        project.provision();
        ProjectFolder moved = project.saying(ProjectFolder.CLINICS.replace("host: localhost", "host: fed.example.org"));

        Refusal refused = assertThrows(Refusal.class, moved::provision);
        assertEquals(
                "project.yaml:2: the server is fed.example.org, 127.0.0.1, ::1, and its certificate is for 0:0:0:0:0:0:0:1, 127.0.0.1,"
                        + " localhost; add --renew server to replace it, or change the file back",
                refused.getMessage());
        assertEquals("localhost", moved.kit("site-1").server().host());

        Map<String, State> standings = moved.provision(new Wish.Renew("server"));
        assertEquals(State.MADE, standings.get("server"));
        assertEquals(State.UPDATED, standings.get("site-1"));
        assertEquals("fed.example.org", moved.kit("site-1").server().host());
    }

    @Test
    void aNewRoleNeedsANewCertificateAndEndsTheFormerOne() throws IOException {
        project.provision();
        Kit former = project.kit("lead@example.org");
        ProjectFolder changed = project.saying(ProjectFolder.CLINICS.replace("role: lead", "role: member"));

        assertEquals(
                "project.yaml:6: the file says admin 'lead@example.org' of north (member), and the certificate admin 'lead@example.org'"
                        + " of north (lead); add --renew lead@example.org to replace it, or change the file back",
                assertThrows(Refusal.class, changed::provision).getMessage());
        changed.provision(new Wish.Renew("lead@example.org"));

        assertEquals(
                Role.MEMBER, changed.kit("lead@example.org").identity().role().orElseThrow());
        Refusal refused =
                assertThrows(Refusal.class, () -> changed.kit("server").identify(former.certificate()));
        assertTrue(refused.getMessage().contains("was revoked on 2026-05-01T12:00:00Z"), refused.getMessage());
    }

    @Test
    void renewingLeavesTheFormerCertificateValidUntilItsEnd() throws IOException {
        project.provision();
        Kit former = project.kit("site-1");
        ProjectFolder later = project.at(ProjectFolder.NOW.plus(Duration.ofDays(340)));
        assertEquals(
                List.of(
                        "the certificate of site 'site-1' of north ends on 2027-05-01T12:00:00Z, in 25 days; ask the project's"
                                + " administrator for a new one"),
                later.kit("site-1").warnings());

        later.provision(new Wish.Renew("site-1"));

        assertEquals(
                ProjectFolder.NOW.plus(Duration.ofDays(705)),
                later.kit("site-1").until());
        assertNotEquals(
                former.certificate().getPublicKey(),
                later.kit("site-1").certificate().getPublicKey());
        assertEquals(Identity.site("site-1", "north"), later.kit("server").identify(former.certificate()));
    }

    @Test
    void aRevokedNameStaysRevokedUntilItIsRenewed() throws IOException {
        project.provision();
        Kit former = project.kit("site-2");

        assertEquals(State.REVOKED, project.provision(new Wish.Revoke("site-2")).get("site-2"));
        assertEquals(State.REVOKED, project.provision().get("site-2"));
        assertThrows(Refusal.class, () -> project.kit("server").identify(former.certificate()));

        assertEquals(State.MADE, project.provision(new Wish.Renew("site-2")).get("site-2"));
        Kit server = project.kit("server");
        assertEquals(
                Identity.site("site-2", "south"),
                server.identify(project.kit("site-2").certificate()));
        assertThrows(Refusal.class, () -> server.identify(former.certificate()));
    }

    @Test
    void thereIsNobodyToRevokeUnderAnUnknownName() throws IOException {
        project.provision();

        Refusal refused = assertThrows(Refusal.class, () -> project.provision(new Wish.Revoke("site-22")));
        assertEquals(
                "there is no valid certificate of 'site-22' to revoke; did you mean 'site-2'? (there are: lead@example.org, server,"
                        + " site-1, site-2)",
                refused.getMessage());
    }

    @Test
    void noCertificateOutlivesTheAuthority() throws IOException {
        project.saying(ProjectFolder.CLINICS + "validity: {authority: 365d, warning: 1d}\n")
                .provision();
        ProjectFolder later = project.saying(ProjectFolder.CLINICS + "validity: {authority: 365d, warning: 1d}\n")
                .at(ProjectFolder.NOW.plus(Duration.ofDays(300)));

        later.provision(new Wish.Renew("site-1"));

        assertEquals(
                ProjectFolder.NOW.plus(Duration.ofDays(365)),
                later.kit("site-1").until());
    }

    @Test
    void theFolderOfAnotherProjectIsLeftAlone() throws IOException {
        project.provision();
        Map<String, byte[]> before = files();

        Refusal refused = assertThrows(
                Refusal.class, () -> project.saying(ProjectFolder.CLINICS.replace("three-clinics", "others"))
                        .provision());

        assertEquals(
                project.out()
                        + " holds the kits of the project 'three-clinics', not of 'others'; give another folder with --out",
                refused.getMessage());
        assertSame(before, files());
    }

    @Test
    void twoAtATimeDoNotMix() throws IOException {
        project.provision();
        try (FileChannel channel = FileChannel.open(project.out().resolve(".lock"), StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assertTrue(held.isValid());
            Refusal refused = assertThrows(Refusal.class, project::provision);
            assertEquals(
                    "another 'weft provision' works in " + project.out() + "; try again when it is done",
                    refused.getMessage());
        }
    }

    @Test
    void whatWasInterruptedBeforeItCountedIsGone() throws IOException {
        project.provision();
        Map<String, byte[]> before = files();
        Files.createDirectories(project.folder(".writing.partial/site-9"));
        Files.writeString(project.folder(".writing.partial/site-9/key.pem"), "half");

        project.provision();

        assertSame(before, files());
    }

    @Test
    void whatWasInterruptedAfterItCountedIsCompleted() throws IOException {
        project.provision();
        Path aside = folder.resolve("aside");
        ProjectFolder larger = project.saying(
                ProjectFolder.CLINICS.replace("admins:", "- {name: site-3, organisation: west}\nadmins:"));
        larger.provision();
        Map<String, byte[]> whole = files();
        Files.createDirectories(project.folder(".written"));
        Files.move(project.folder("site-3"), aside);
        Files.move(aside, project.folder(".written/site-3"));

        assertEquals(State.KEPT, larger.provision().get("site-3"));

        assertSame(whole, files());
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((file, content) -> assertArrayEquals(content, found.get(file), file));
    }

    private Map<String, byte[]> files() throws IOException {
        var files = new TreeMap<String, byte[]>();
        List<Path> all = new ArrayList<>();
        try (Stream<Path> entries = Files.walk(project.out())) {
            entries.filter(Files::isRegularFile).forEach(all::add);
        }
        for (Path file : all) {
            files.put(project.out().relativize(file).toString(), Files.readAllBytes(file));
        }
        return files;
    }
}
