package io.weft.identity.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Kind;
import io.weft.identity.Participant;
import io.weft.identity.Project;
import io.weft.identity.Standing;
import io.weft.identity.Standing.State;
import io.weft.identity.Wish;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes kits in one folder, in one go. */
public final class KitMaker {

    private static final String LOCK = ".lock";

    private final Project project;
    private final Path out;
    private final Changes changes;
    private final Authority authority;
    private final Map<String, State> done = new HashMap<>();

    private KitMaker(Project project, Path out, Changes changes, Authority authority) {
        this.project = project;
        this.out = out;
        this.changes = changes;
        this.authority = authority;
    }

    /**
     * Makes what is missing, and does what is wished.
     *
     * @throws Refusal when nothing was done
     */
    public static List<Standing> run(Project project, Path out, Wish wish, Instant now) throws IOException {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new Refusal(out + " is a file; give a folder with --out");
        }
        Changes.createFolder(out.toAbsolutePath());
        try (FileChannel channel =
                        FileChannel.open(out.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(channel, out)) {
            Changes changes = Changes.in(out);
            Authority authority = Authority.in(out, project, changes, now);
            List<Standing> standings = new KitMaker(project, out, changes, authority).run(wish);
            changes.commit();
            return standings;
        }
    }

    private static FileLock lock(FileChannel channel, Path out) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException e) {
            // Another thread of this process is as good as another process.
        }
        throw new Refusal("another 'weft provision' works in " + out + "; try again when it is done");
    }

    private List<Standing> run(Wish wish) throws IOException {
        if (wish instanceof Wish.Renew renew) {
            renew(participant(renew.name()));
        } else if (wish instanceof Wish.Revoke revoke) {
            revoke(revoke.name());
        } else if (wish instanceof Wish.Approve approve) {
            approve(approve.request());
        }
        for (Participant participant : project.participants()) {
            if (!done.containsKey(participant.name())) {
                done.put(participant.name(), settled(participant));
            }
        }
        Optional<byte[]> revoked = authority.revoked();
        if (revoked.isPresent() && (isHere(ProjectKeys.SERVER_NAME) || isMade(ProjectKeys.SERVER_NAME))) {
            changes.write(ProjectKeys.SERVER_NAME + "/" + KitFiles.REVOKED, revoked.get());
        }
        return standings();
    }

    /** Makes a kit that nobody had yet, and leaves all others. */
    private State settled(Participant participant) throws IOException {
        List<X509Certificate> former = authority.of(participant.name());
        if (former.isEmpty()) {
            return participant.ownKey() ? State.AWAITED : made(participant);
        }
        X509Certificate newest = former.get(former.size() - 1);
        if (authority.isRevoked(newest)) {
            return State.REVOKED;
        }
        refuseChanged(participant, newest);
        if (!authority.isLive(newest)) {
            return State.EXPIRED;
        }
        if (!isHere(participant.name())) {
            return State.ELSEWHERE;
        }
        byte[] settings = KitFiles.settings(project, participant.identity());
        Path there = out.resolve(participant.name()).resolve(KitFiles.SETTINGS);
        if (Files.exists(there) && Arrays.equals(Files.readAllBytes(there), settings)) {
            return State.KEPT;
        }
        changes.write(participant.name() + "/" + KitFiles.SETTINGS, settings);
        return State.UPDATED;
    }

    private void refuseChanged(Participant participant, X509Certificate newest) {
        Identity certified = Authority.identity(newest);
        if (!certified.equals(participant.identity())) {
            throw participant
                    .place()
                    .refuse("the file says " + participant.identity() + ", and the certificate " + certified
                            + "; add --renew " + participant.name() + " to replace it, or change the file back");
        }
        if (participant.identity().kind() == Kind.SERVER
                && !ServerNames.of(newest).equals(ServerNames.canonical(project.serverNames()))) {
            throw participant
                    .place()
                    .refuse("the server is " + String.join(", ", project.serverNames())
                            + ", and its certificate is for "
                            + String.join(", ", ServerNames.of(newest)) + "; add --renew " + participant.name()
                            + " to replace it, or change the file back");
        }
    }

    private State made(Participant participant) {
        KeyPair keys = Keys.make();
        put(participant, authority.sign(participant.identity(), keys.getPublic()));
        changes.writeSecret(
                participant.name() + "/" + KitFiles.KEY,
                Pem.text(Pem.KEY, keys.getPrivate().getEncoded()));
        return State.MADE;
    }

    private void put(Participant participant, X509Certificate certificate) {
        String folder = participant.name() + "/";
        changes.write(folder + KitFiles.SETTINGS, KitFiles.settings(project, participant.identity()));
        changes.write(folder + KitFiles.AUTHORITY, Pem.text(authority.certificate()));
        changes.write(folder + KitFiles.CERTIFICATE, Pem.text(certificate));
    }

    private void renew(Participant participant) {
        if (participant.ownKey()) {
            throw participant
                    .place()
                    .refuse("'" + participant.name()
                            + "' makes the key: 'weft request --renew KIT' there makes a request for a"
                            + " new certificate, and --approve grants it");
        }
        replaced(participant);
        done.put(participant.name(), made(participant));
    }

    /** What a certificate says that is not true any more must not be believed any longer. */
    private void replaced(Participant participant) {
        authority.revoke(authority.of(participant.name()).stream()
                .filter(authority::isLive)
                .filter(one -> !Authority.identity(one).equals(participant.identity()))
                .toList());
    }

    private void revoke(String name) {
        List<X509Certificate> live =
                authority.of(name).stream().filter(authority::isLive).toList();
        if (live.isEmpty()) {
            List<String> names = authority.names();
            throw new Refusal("there is no valid certificate of '" + name + "' to revoke"
                    + (names.contains(name)
                            ? ": all are revoked or expired"
                            : Nearest.hint(name, names) + " (there are: " + String.join(", ", names) + ")"));
        }
        authority.revoke(live);
    }

    private void approve(Path file) throws IOException {
        KeyRequest request = KeyRequest.read(file);
        Participant participant = participant(request.identity().name());
        if (!participant.ownKey()) {
            throw participant
                    .place()
                    .refuse("'" + participant.name()
                            + "' gets a key from 'weft provision'; say 'ownKey: true' here to approve " + file
                            + " instead");
        }
        if (!participant.identity().equals(request.identity())) {
            throw participant
                    .place()
                    .refuse("the file says " + participant.identity() + ", and the request " + file + " "
                            + request.identity() + "; have it made anew, or change the file");
        }
        PublicKey key = request.key();
        if (authority.of(participant.name()).stream()
                .anyMatch(one -> one.getPublicKey().equals(key) && authority.isRevoked(one))) {
            throw new Refusal(
                    file + " asks for the key of a revoked certificate again; have a request made with a new key");
        }
        replaced(participant);
        put(participant, authority.sign(participant.identity(), key));
        done.put(participant.name(), State.APPROVED);
    }

    private Participant participant(String name) {
        return project.participant(name)
                .orElseThrow(() -> new Refusal("the project file names no '" + name + "'"
                        + Nearest.hint(name, project.names()) + " (it names: " + String.join(", ", project.names())
                        + "); add it there first"));
    }

    private boolean isHere(String name) {
        return Files.exists(out.resolve(name).resolve(KitFiles.CERTIFICATE));
    }

    private boolean isMade(String name) {
        return done.get(name) == State.MADE || done.get(name) == State.APPROVED;
    }

    private List<Standing> standings() {
        var standings = new ArrayList<Standing>();
        for (Participant participant : project.participants()) {
            standings.add(standing(participant.identity(), done.get(participant.name())));
        }
        for (String name : authority.names()) {
            List<X509Certificate> live =
                    authority.of(name).stream().filter(authority::isLive).toList();
            if (!live.isEmpty() && project.participant(name).isEmpty()) {
                standings.add(standing(Authority.identity(live.get(live.size() - 1)), State.UNNAMED));
            }
        }
        return standings;
    }

    private Standing standing(Identity of, State state) {
        List<X509Certificate> all = authority.of(of.name());
        Optional<X509Certificate> newest = all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
        return new Standing(
                of,
                state,
                newest.map(certificate -> certificate.getNotAfter().toInstant()),
                newest.map(certificate -> RequestMaker.fingerprint(certificate.getPublicKey())));
    }
}
