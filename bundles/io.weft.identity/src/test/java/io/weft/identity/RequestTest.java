package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.identity.Standing.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestTest {

    private static final Identity SITE = Identity.site("site-2", "south");

    @TempDir
    Path folder;

    private ProjectFolder project;
    private Path home;

    @BeforeEach
    void site2MakesItsOwnKey() {
        project = ProjectFolder.in(folder)
                .saying(ProjectFolder.CLINICS.replace("organisation: south", "organisation: south, ownKey: true"));
        home = folder.resolve("kit");
    }

    @Test
    void theKeyNeverLeavesTheSite() throws IOException {
        assertEquals(State.AWAITED, project.provision().get("site-2"));
        assertFalse(Files.exists(project.folder("site-2")));
        String fingerprint = Requesting.make(SITE, home);

        Standing approved = project.standings(new Wish.Approve(home.resolve("request.pem"))).stream()
                .filter(standing -> standing.identity().equals(SITE))
                .findFirst()
                .orElseThrow();

        assertEquals(State.APPROVED, approved.state());
        assertEquals(fingerprint, approved.fingerprint().orElseThrow());
        assertFalse(Files.exists(project.folder("site-2/key.pem")));
        for (String file : List.of("kit.yaml", "ca.pem", "certificate.pem")) {
            Files.copy(project.folder("site-2").resolve(file), home.resolve(file));
        }
        Kit kit = Kit.open(home, project.clock());
        assertEquals(SITE, kit.identity());
        assertEquals(SITE, project.kit("server").identify(kit.certificate()));
    }

    @Test
    void whatComesBackIsNoKitWithoutTheKey() throws IOException {
        Requesting.make(SITE, home);
        project.provision(new Wish.Approve(home.resolve("request.pem")));

        Refusal refused = assertThrows(Refusal.class, () -> project.kit("site-2"));
        assertEquals(
                project.folder("site-2")
                        + " has no key.pem; copy the one that 'weft request' made into it, or all other files beside that one",
                refused.getMessage());
    }

    @Test
    void aKeyIsNeverReplaced() throws IOException {
        Requesting.make(SITE, home);

        Refusal refused = assertThrows(Refusal.class, () -> Requesting.make(SITE, home));
        assertTrue(refused.getMessage().contains("a key is never replaced"), refused.getMessage());
    }

    @Test
    void aRequestMustSayWhatTheProjectFileSays() throws IOException {
        Requesting.make(Identity.site("site-2", "north"), home);

        Refusal refused =
                assertThrows(Refusal.class, () -> project.provision(new Wish.Approve(home.resolve("request.pem"))));
        assertEquals(
                "project.yaml:5: the file says site 'site-2' of south, and the request " + home.resolve("request.pem")
                        + " site 'site-2' of north; have it made anew, or change the file",
                refused.getMessage());
        assertFalse(Files.exists(project.folder("authority")), "nothing was done");
    }

    @Test
    void aNameThatGetsItsKeyFromTheProjectIsNotTakenOver() throws IOException {
        Requesting.make(Identity.site("site-1", "north"), home);

        Refusal refused =
                assertThrows(Refusal.class, () -> project.provision(new Wish.Approve(home.resolve("request.pem"))));
        assertEquals(
                "project.yaml:4: 'site-1' gets a key from 'weft provision'; say 'ownKey: true' here to approve "
                        + home.resolve("request.pem") + " instead",
                refused.getMessage());
    }

    @Test
    void aChangedRequestIsRefused() throws IOException {
        Requesting.make(SITE, home);
        Path request = home.resolve("request.pem");
        List<String> lines = Files.readAllLines(request);
        String last = lines.get(lines.size() - 2);
        // The signature's last byte but one, away from where its length is said.
        char turned = last.charAt(last.length() - 5) == 'A' ? 'B' : 'A';
        lines.set(lines.size() - 2, last.substring(0, last.length() - 5) + turned + last.substring(last.length() - 4));
        Files.write(request, lines);

        assertThrows(Refusal.class, () -> project.provision(new Wish.Approve(request)));
    }

    @Test
    void theKeyOfARevokedCertificateIsNotSignedAgain() throws IOException {
        Requesting.make(SITE, home);
        Wish approve = new Wish.Approve(home.resolve("request.pem"));
        project.provision(approve);
        project.provision(new Wish.Revoke("site-2"));

        Refusal refused = assertThrows(Refusal.class, () -> project.provision(approve));
        assertEquals(
                home.resolve("request.pem")
                        + " asks for the key of a revoked certificate again; have a request made with a new key",
                refused.getMessage());
    }

    @Test
    void whoMakesTheKeyRenewsByANewRequest() throws IOException {
        Requesting.make(SITE, home);
        project.provision(new Wish.Approve(home.resolve("request.pem")));
        Path next = folder.resolve("next");
        Requesting.make(Kit.owner(project.folder("site-2")), next);

        assertThrows(Refusal.class, () -> project.provision(new Wish.Renew("site-2")));
        assertEquals(
                State.APPROVED,
                project.provision(new Wish.Approve(next.resolve("request.pem"))).get("site-2"));
    }
}
