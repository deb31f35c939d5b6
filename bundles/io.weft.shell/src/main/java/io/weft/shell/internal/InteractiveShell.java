package io.weft.shell.internal;

import io.weft.launch.Command;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/** {@code weft shell}: starts the bundles of the Gogo shell, which nothing else waits for. */
@Component(service = ShellCommand.class)
public final class InteractiveShell implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "shell",
            "Opens the interactive Felix shell.",
            Optional.empty(),
            false,
            List.of(),
            List.of(
                    "The commands of Weft are there in the scope weft (weft:plugins), beside those of the framework (lb, help)."
                            + " Ctrl-D ends it."),
            List.of("weft shell"));

    private final BundleContext context;
    private final CountDownLatch left = new CountDownLatch(1);

    @Activate
    public InteractiveShell(BundleContext context) {
        this.context = context;
    }

    /** The Gogo shell stops the framework when a person leaves it. */
    @Deactivate
    void leave() {
        left.countDown();
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws InterruptedException {
        int level = Integer.parseInt(context.getProperty(Command.SHELL_LEVEL));
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .setStartLevel(level);
        left.await();
        return Command.DONE;
    }
}
