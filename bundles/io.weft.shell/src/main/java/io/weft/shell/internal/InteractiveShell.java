package io.weft.shell.internal;

import io.weft.launch.Command;
import io.weft.launch.HomeProcesses;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.felix.gogo.jline.Posix;
import org.apache.felix.service.command.CommandProcessor;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** {@code weft shell}: starts the bundles of Gogo, which nothing else waits for, and a {@link Console} on them. */
@Component(service = ShellCommand.class)
public final class InteractiveShell implements ShellCommand {

    private static final Manual MANUAL = new Manual(
            "shell",
            "Opens the interactive shell of a runtime.",
            Optional.of("LINE"),
            false,
            List.of(),
            List.of(
                    "Every command of Weft can be typed without 'weft' (plugins, or in full weft:plugins), beside those of the framework"
                            + " (lb, inspect, log) and pipes: plugins | grep lora.",
                    "Tab completes commands, flags, files and the names of plugins; the arrow keys and Ctrl-R find former lines. Ctrl-C"
                            + " interrupts what runs, Ctrl-D leaves.",
                    "In the home of a server or a site that runs, lines are run in its process. With LINE, that line alone is run, and"
                            + " nothing is opened.",
                    "While it is open, one-shot commands in the same home ('weft plugins') ask it, and answer at once."),
            List.of("weft shell", "weft shell --home /srv/weft", "weft shell 'jobs | grep RUNNING' --home /srv/weft"));

    /** Of Gogo's own commands, those that read what another one prints, and files. */
    private static final String[] FILTERS = {"cat", "clear", "echo", "grep", "head", "less", "sort", "tail", "wc"};

    /** For completion. Not itself, which would have to wait for itself. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE,
            target = "(!(component.name=io.weft.shell.internal.InteractiveShell))")
    private final Collection<ShellCommand> others = new CopyOnWriteArrayList<>();

    /** There is one as soon as Gogo was started. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<CommandProcessor> processors = new CopyOnWriteArrayList<>();

    /** The launcher's. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<HomeProcesses> homeProcesses = new CopyOnWriteArrayList<>();

    private final BundleContext context;

    @Activate
    public InteractiveShell(BundleContext context) {
        this.context = context;
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public boolean stays() {
        return true;
    }

    @Override
    public boolean isOfTheResident() {
        return true;
    }

    @Override
    public boolean isOfTheResidentWithAnOperand() {
        return true;
    }

    @Override
    public int run(Arguments arguments, Screen screen) throws IOException, InterruptedException {
        startGogo();
        Optional<CommandProcessor> gogo = processors.stream().findFirst();
        if (gogo.isEmpty()) {
            screen.err().println("weft: Gogo did not start; the log in the home's data/log says why");
            return Command.FAILED;
        }
        CommandProcessor processor = gogo.get();
        ServiceRegistration<Posix> filters = context.registerService(
                Posix.class,
                new Posix(processor),
                FrameworkUtil.asDictionary(
                        Map.of(CommandProcessor.COMMAND_SCOPE, "gogo", CommandProcessor.COMMAND_FUNCTION, FILTERS)));
        try {
            return arguments.operand().isPresent()
                    ? new ShellLine(processor, screen).run(arguments.operand().get())
                    : open(processor);
        } finally {
            filters.unregister();
        }
    }

    private int open(CommandProcessor processor) throws IOException {
        try (Terminal terminal = TerminalBuilder.builder()
                .name("weft")
                .system(true)
                .dumb(true)
                .encoding(StandardCharsets.UTF_8)
                .build()) {
            Path history = Path.of(context.getProperty(Command.HOME), "data", "shell.history");
            Files.createDirectories(history.getParent());
            terminal.writer()
                    .println("Weft " + context.getProperty(Command.VERSION)
                            + ". 'help' lists the commands, Tab completes, Ctrl-D leaves.");
            new Console(terminal, processor, this::help, history, this::runByResident).run();
            return Command.DONE;
        }
    }

    private boolean runByResident(String line, PrintStream out) throws IOException, InterruptedException {
        for (HomeProcesses processes : homeProcesses) {
            if (processes.ask(List.of(MANUAL.name(), "--", line), out, out).isPresent()) {
                return true;
            }
        }
        return false;
    }

    private Help help() {
        List<ShellCommand> commands = new ArrayList<>(others);
        commands.add(this);
        return new Help(commands);
    }

    private void startGogo() throws InterruptedException {
        var reached = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .setStartLevel(
                        Integer.parseInt(context.getProperty(Command.SHELL_LEVEL)), event -> reached.countDown());
        reached.await();
    }
}
