package io.weft.shell.internal;

import io.weft.launch.Command;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code weft version}. */
@Component(
        service = ShellCommand.class,
        property = {"osgi.command.scope=weft", "osgi.command.function=version"})
public final class Version implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "version",
            "Prints the version of Weft and of the Java that runs it.",
            Optional.empty(),
            false,
            List.of(),
            List.of(),
            List.of("weft version"));

    private final String weft;

    @Activate
    public Version(BundleContext context) {
        this(Optional.ofNullable(context.getProperty(Command.VERSION))
                .orElseGet(() -> context.getBundle().getVersion().toString()));
    }

    Version(String weft) {
        this.weft = weft;
    }

    /** The Gogo command. */
    public void version(CommandSession session, String... words) throws InterruptedException {
        Session.run(this, session, words);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) {
        screen.out().println("weft " + weft + " (Java " + Runtime.version() + ")");
        return Command.DONE;
    }
}
