package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectFileTest {

    private static final String CLINICS = """
            name: three-clinics
            server: {host: localhost, port: 8443}
            sites:  [{name: site-1, organisation: north}, {name: site-2, organisation: south}]
            admins: [{name: lead@example.org, organisation: north, role: lead}]
            """;

    @Test
    void readsWhoTakesPart() {
        Project project = ProjectFile.parse(CLINICS, "project.yaml");

        assertEquals("three-clinics", project.name());
        assertEquals("localhost:8443", project.server().toString());
        assertEquals(List.of("server", "site-1", "site-2", "lead@example.org"), project.names());
        assertEquals(
                List.of(
                        Identity.server("server", "three-clinics"),
                        Identity.site("site-1", "north"),
                        Identity.site("site-2", "south"),
                        Identity.admin("lead@example.org", "north", Role.LEAD)),
                project.participants().stream().map(Participant::identity).toList());
        assertEquals(
                new Validity(Duration.ofDays(3650), Duration.ofDays(365), Duration.ofDays(30)), project.validity());
    }

    @Test
    void readsWhatElseTheServerIsCalledAndHowLongCertificatesLast() {
        Project project = ProjectFile.parse("""
                name: small
                server: {host: fed.example.org, names: [10.0.0.5, fed, fed.example.org], ownKey: true}
                sites: [{name: a, organisation: University Hospital Zürich, ownKey: true}]
                validity: {authority: 400d, certificates: 90d, warning: 7d}
                """, "project.yaml");

        assertEquals(new ServerAddress("fed.example.org", 8443), project.server());
        assertEquals(List.of("fed.example.org", "10.0.0.5", "fed"), project.serverNames());
        assertEquals(new Validity(Duration.ofDays(400), Duration.ofDays(90), Duration.ofDays(7)), project.validity());
        assertTrue(project.participants().stream().allMatch(Participant::ownKey));
        assertEquals(
                "University Hospital Zürich",
                project.participant("a").orElseThrow().identity().organisation());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "organisation: south | organization: south | p.yaml:3: unknown key 'organization' in sites; did you mean 'organisation'? (known: name, organisation, ownKey)",
                "role: lead | role: leader | p.yaml:4: admins.role is 'leader'; allowed: project_admin, org_admin, lead, member; did you mean 'lead'?",
                "port: 8443 | port: 84430 | p.yaml:2: server.port is 84430; allowed: a whole number from 1 to 65535",
                "host: localhost | host: localhost:8443 | p.yaml:2: server.host is 'localhost:8443'; allowed: the name of a computer (letters, digits, '.' and '-') or an IPv4 or IPv6 address, without a port",
                "host: localhost, | \"\" | p.yaml:2: server.host is missing; give the name of a computer (letters, digits, '.' and '-') or an IPv4 or IPv6 address, without a port",
                "site-2 | SITE-1 | p.yaml:3: the name 'SITE-1' is already given in line 3; every participant has a name of their own",
                "site-2 | Server | p.yaml:3: the name 'Server' is kept for a folder of the project's own (server, authority); choose another",
                "site-2 | ../site | p.yaml:3: sites.name is '../site'; allowed: a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit",
                "lead@example.org | site-1 | p.yaml:4: the name 'site-1' is already given in line 3; every participant has a name of their own",
            })
    void refusesWhatIsNotRight(String right, String wrong, String message) {
        Refusal refused = assertThrows(Refusal.class, () -> ProjectFile.parse(CLINICS.replace(right, wrong), "p.yaml"));

        assertEquals(message, refused.getMessage());
    }

    @Test
    void refusesACertificateThatOutlivesItsAuthority() {
        Refusal refused = assertThrows(
                Refusal.class,
                () -> ProjectFile.parse(CLINICS + "validity: {authority: 300d, warning: 1d}\n", "p.yaml"));

        assertEquals(
                "p.yaml:5: validity.certificates is 365d, longer than the 300d of validity.authority; no certificate outlives the one"
                        + " that signs it",
                refused.getMessage());
    }

    @Test
    void saysWhatAnEmptyFileLacks() {
        Refusal refused = assertThrows(Refusal.class, () -> ProjectFile.parse("# nothing\n", "p.yaml"));

        assertEquals(
                "p.yaml:1: the file is empty; a project file needs at least name, server, sites and admins",
                refused.getMessage());
    }
}
