package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Kit;
import io.weft.identity.Participant;
import io.weft.identity.Project;
import io.weft.identity.ProjectFile;
import io.weft.identity.Requesting;
import io.weft.launch.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code weft request}: a participant's own key, and the request for its certificate. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=request"})
public final class Request implements ShellCommand {

    private static final String NAME = "--name";
    private static final String RENEW = "--renew";
    private static final String OUT = "--out";
    private static final String JSON = "--json";

    private static final Manual MANUAL = new Manual(
            "request",
            "Makes a key that never leaves this machine, and a request for its certificate.",
            Optional.of("PROJECT"),
            false,
            List.of(
                    Flag.with(NAME, "NAME", "who you are in PROJECT, whose line there says 'ownKey: true'"),
                    Flag.with(RENEW, "KIT", "for the owner of this kit, instead of PROJECT and " + NAME),
                    Flag.needed(OUT, "DIR", "a new folder for key.pem, which stays, and request.pem, which is sent"),
                    Flag.alone(JSON, "prints name and fingerprint as one JSON object")),
            List.of(
                    "Send request.pem to the project's administrator, who approves it (weft provision PROJECT --out DIR --approve"
                            + " request.pem) after comparing the fingerprint with you, and sends kit.yaml, ca.pem and certificate.pem"
                            + " back. Put them beside key.pem: that folder is the startup kit.",
                    "Exit code: 0 made, 2 refused."),
            List.of("weft request project.yaml --name site-3 --out kit", "weft request --renew kit --out kit-2027"));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Activate
    public Request() {}

    /** The Gogo command. */
    public void request(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException {
        Identity identity = identity(arguments);
        Path out = arguments.path(OUT).orElseThrow();
        String fingerprint = Requesting.make(identity, out);
        if (arguments.has(JSON)) {
            screen.out()
                    .println(MAPPER.createObjectNode()
                            .put("name", identity.name())
                            .put("fingerprint", fingerprint));
        } else {
            screen.out().println(fingerprint);
        }
        screen.err()
                .println("note: send " + out.resolve("request.pem") + " of " + identity
                        + " to the project's administrator, and tell them this fingerprint by another way");
        return Command.DONE;
    }

    private static Identity identity(Arguments arguments) throws IOException {
        Optional<Path> kit = arguments.path(RENEW);
        boolean named = arguments.operand().isPresent() && arguments.has(NAME);
        if (kit.isPresent() == named || (kit.isPresent() && (arguments.operand().isPresent() || arguments.has(NAME)))) {
            throw arguments.refused("give PROJECT and " + NAME + ", or " + RENEW + " alone");
        }
        return kit.isPresent()
                ? Kit.owner(kit.get())
                : named(
                        ProjectFile.read(arguments.operandPath()),
                        arguments.text(NAME).orElseThrow());
    }

    private static Identity named(Project project, String name) {
        Participant participant = project.participant(name)
                .orElseThrow(() -> new Refusal("the project file names no '" + name + "'"
                        + Nearest.hint(name, project.names()) + " (it names: "
                        + String.join(", ", project.names()) + ")"));
        if (!participant.ownKey()) {
            throw participant
                    .place()
                    .refuse("'" + name
                            + "' gets a key from the project's administrator; for one of their own, this line needs"
                            + " 'ownKey: true', in the administrator's file too");
        }
        return participant.identity();
    }
}
