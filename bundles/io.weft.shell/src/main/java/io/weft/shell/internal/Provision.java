package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.identity.Kind;
import io.weft.identity.Project;
import io.weft.identity.ProjectFile;
import io.weft.identity.Provisioning;
import io.weft.identity.Role;
import io.weft.identity.Standing;
import io.weft.identity.Wish;
import io.weft.launch.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code weft provision}: startup kits for everybody whom a project file names. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=provision"})
public final class Provision implements ShellCommand {

    private static final String OUT = "--out";
    private static final String APPROVE = "--approve";
    private static final String RENEW = "--renew";
    private static final String REVOKE = "--revoke";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "provision",
            "Makes startup kits for the server, the sites and the admins of a project.",
            Optional.of("PROJECT"),
            true,
            List.of(
                    Flag.needed(
                            OUT,
                            "DIR",
                            "the folder of the kits, one for each name, and of the project's own key in authority/"),
                    Flag.with(
                            APPROVE,
                            "FILE",
                            "signs a certificate for the key of this request (weft request); its kit goes back without a key"),
                    Flag.with(
                            RENEW,
                            "NAME",
                            "makes a new key and certificate; the former one stays valid until its end, unless role, organisation or"
                                    + " kind changed"),
                    Flag.with(REVOKE, "NAME", "has all certificates of NAME refused from now on"),
                    Flag.alone(JSON, "prints one JSON object a participant")),
            List.of(
                    "Run again in the same folder, it adds what is new in PROJECT and keeps the project's key and every kit that is there."
                            + " All that is asked happens, or nothing.",
                    "Give each kit to its owner by a safe way: key.pem in it is all it takes to be them. authority/ stays with whoever"
                            + " runs this command; who has ca-key.pem can make anybody's kit.",
                    "After " + REVOKE
                            + ", copy authority/revoked.pem over kit/revoked.pem of the server; a running one notices. A name that was"
                            + " revoked gets a new kit only with " + RENEW + ", or with " + APPROVE + ".",
                    "Exit code: 0 done, 2 refused: nothing was changed."),
            List.of(
                    "weft provision project.yaml --out kits",
                    "weft provision project.yaml --out kits --approve request.pem",
                    "weft provision project.yaml --out kits --revoke site-2"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Clock clock;

    @Activate
    public Provision() {
        this(Clock.systemUTC());
    }

    Provision(Clock clock) {
        this.clock = clock;
    }

    /** The Gogo command. */
    public void provision(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Wish wish = wish(arguments);
        Project project = ProjectFile.read(arguments.operandPath());
        Path out = arguments.path(OUT).orElseThrow();
        List<Standing> standings = Provisioning.run(project, out, wish, clock);
        if (arguments.has(JSON)) {
            standings.forEach(standing -> screen.out().println(json(standing)));
        } else {
            Table.leftAligned(rows(standings)).forEach(screen.out()::println);
        }
        notes(project, out, wish, standings).forEach(note -> screen.err().println("note: " + note));
        return Command.DONE;
    }

    private static Wish wish(Arguments arguments) {
        var wishes = new ArrayList<Wish>();
        arguments.path(APPROVE).map(Wish.Approve::new).ifPresent(wishes::add);
        arguments.text(RENEW).map(Wish.Renew::new).ifPresent(wishes::add);
        arguments.text(REVOKE).map(Wish.Revoke::new).ifPresent(wishes::add);
        if (wishes.size() > 1) {
            throw arguments.refused("give one of " + APPROVE + ", " + RENEW + " and " + REVOKE + " at a time");
        }
        return wishes.isEmpty() ? new Wish.Nothing() : wishes.get(0);
    }

    private static List<List<String>> rows(List<Standing> standings) {
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("name", "kind", "organisation", "role", "valid until", "kit"));
        for (Standing standing : standings) {
            rows.add(List.of(
                    standing.identity().name(),
                    standing.identity().kind().word(),
                    standing.identity().organisation(),
                    standing.identity().role().map(Role::word).orElse("–"),
                    standing.until()
                            .map(until -> until.toString().substring(0, 10))
                            .orElse("–"),
                    standing.state().words()));
        }
        return rows;
    }

    private List<String> notes(Project project, Path out, Wish wish, List<Standing> standings) {
        var notes = new ArrayList<String>();
        for (Standing standing : standings) {
            String name = standing.identity().name();
            switch (standing.state()) {
                case APPROVED ->
                    notes.add("the key of " + name + " has the fingerprint "
                            + standing.fingerprint().orElseThrow()
                            + "; ask them whether theirs is the same, then send " + out.resolve(name) + " to them");
                case AWAITED ->
                    notes.add(name
                            + " makes their own key: send them the project file, have 'weft request PROJECT --name "
                            + name + " --out DIR' run there, and approve what comes back with " + APPROVE);
                case UNNAMED ->
                    notes.add(name + " is not in the project file any more and still has a valid certificate; " + REVOKE
                            + " " + name + " has it refused");
                case EXPIRED ->
                    notes.add(
                            "the certificate of " + name + " has expired; " + RENEW + " " + name + " makes a new one");
                case MADE, KEPT, UPDATED, ELSEWHERE, REVOKED ->
                    endsSoon(project, standing).ifPresent(notes::add);
            }
        }
        if (wish instanceof Wish.Revoke) {
            notes.add(
                    "copy " + out.resolve("authority").resolve("revoked.pem") + " over kit/revoked.pem of the server");
        }
        return notes;
    }

    private Optional<String> endsSoon(Project project, Standing standing) {
        Instant until = standing.until().orElseThrow();
        Duration left = Duration.between(clock.instant(), until);
        boolean asked = standing.state() != Standing.State.REVOKED
                && left.compareTo(project.validity().warning()) < 0;
        String remedy = standing.identity().kind() == Kind.SERVER ? ", before sites cannot join any more" : "";
        return asked
                ? Optional.of("the certificate of " + standing.identity().name() + " ends on " + until + ", in "
                        + left.toDays() + " days; " + RENEW + " "
                        + standing.identity().name() + remedy)
                : Optional.empty();
    }

    private static ObjectNode json(Standing standing) {
        ObjectNode object = MAPPER.createObjectNode()
                .put("name", standing.identity().name())
                .put("kind", standing.identity().kind().word())
                .put("organisation", standing.identity().organisation());
        standing.identity().role().ifPresent(role -> object.put("role", role.word()));
        standing.until().ifPresent(until -> object.put("until", until.toString()));
        standing.fingerprint().ifPresent(fingerprint -> object.put("fingerprint", fingerprint));
        return object.put("kit", standing.state().name().toLowerCase(Locale.ROOT));
    }
}
