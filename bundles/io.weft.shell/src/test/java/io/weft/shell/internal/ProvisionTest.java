package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.identity.Identity;
import io.weft.identity.Kit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvisionTest {

    private static final Clock NOW = Clock.fixed(Instant.parse("2026-05-01T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path folder;

    private final Recording recording = new Recording();
    private Path project;
    private Path kits;

    @BeforeEach
    void clinics() throws IOException {
        project = folder.resolve("project.yaml");
        kits = folder.resolve("kits");
        Files.writeString(project, """
                name: three-clinics
                server: {host: localhost, port: 8443}
                sites:  [{name: site-1, organisation: north}, {name: site-2, organisation: south, ownKey: true}]
                admins: [{name: lead@example.org, organisation: north, role: lead}]
                """);
    }

    @Test
    void makesKitsAndSaysForWhomAndForHowLong() throws InterruptedException, IOException {
        assertEquals(0, provision());

        assertEquals("""
                name              kind    organisation   role  valid until  kit
                server            server  three-clinics  –     2027-05-01   made
                site-1            site    north          –     2027-05-01   made
                site-2            site    south          –     –            waits for a request
                lead@example.org  admin   north          lead  2027-05-01   made
                """, recording.out());
        assertEquals(
                "note: site-2 makes their own key: send them the project file, have 'weft request PROJECT --name site-2 --out DIR' run"
                        + " there, and approve what comes back with --approve\n",
                recording.err());
        assertEquals(
                Identity.site("site-1", "north"),
                Kit.open(kits.resolve("site-1"), NOW).identity());
    }

    @Test
    void printsOneObjectAParticipant() throws InterruptedException {
        provision("--json");

        List<String> lines = recording.out().lines().toList();
        assertEquals(4, lines.size());
        assertTrue(
                lines.get(3)
                        .matches(
                                "\\{\"name\":\"lead@example.org\",\"kind\":\"admin\",\"organisation\":\"north\",\"role\":\"lead\","
                                        + "\"until\":\"2027-05-01T12:00:00Z\",\"fingerprint\":\"[0-9a-f]{64}\",\"kit\":\"made\"}"),
                lines.get(3));
    }

    @Test
    void approvesARequestWithTheFingerprintThatItsOwnerSaw() throws InterruptedException {
        Path home = folder.resolve("home");
        assertEquals(0, request(project.toString(), "--name", "site-2", "--out", home.toString()));
        String fingerprint = recording.out().strip();
        assertTrue(fingerprint.matches("[0-9a-f]{64}"), fingerprint);

        assertEquals(0, provision("--approve", home.resolve("request.pem").toString()));

        assertTrue(
                recording
                        .err()
                        .contains("note: the key of site-2 has the fingerprint " + fingerprint
                                + "; ask them whether theirs is the same, then send " + kits.resolve("site-2")
                                + " to them\n"),
                recording.err());
    }

    @Test
    void aRequestIsForThoseWhoMakeTheirOwnKey() throws InterruptedException {
        assertEquals(
                2,
                request(
                        project.toString(),
                        "--name",
                        "site-1",
                        "--out",
                        folder.resolve("home").toString()));

        assertTrue(recording.err().contains("project.yaml:3: 'site-1' gets a key from"), recording.err());
        assertFalse(Files.exists(folder.resolve("home")));
    }

    @Test
    void saysWhereTheNewListOfRevokedCertificatesGoes() throws InterruptedException {
        provision();

        assertEquals(0, provision("--revoke", "site-1"));

        assertTrue(
                recording
                        .err()
                        .contains("note: copy " + kits.resolve("authority/revoked.pem")
                                + " over kit/revoked.pem of the server\n"),
                recording.err());
    }

    @Test
    void doesOneThingAtATime() throws InterruptedException {
        assertEquals(2, provision("--revoke", "site-1", "--renew", "site-1"));

        assertEquals("weft: provision: give one of --approve, --renew and --revoke at a time\n", recording.err());
        assertFalse(Files.exists(kits));
    }

    private int provision(String... flags) throws InterruptedException {
        var words = new ArrayList<String>(List.of(project.toString(), "--out", kits.toString()));
        words.addAll(List.of(flags));
        var command = new Provision(NOW);
        return Session.run(recording.screen(), () -> command.run(words, recording.screen()));
    }

    private int request(String... words) throws InterruptedException {
        var command = new Request();
        return Session.run(recording.screen(), () -> command.run(List.of(words), recording.screen()));
    }
}
