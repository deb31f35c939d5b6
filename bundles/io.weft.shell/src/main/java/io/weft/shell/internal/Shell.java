package io.weft.shell.internal;

import io.weft.launch.Command;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.propertytypes.SatisfyingConditionTarget;

/** The command line: finds the command that its first word names. It is there when the plugins are. */
@Component(property = {"osgi.command.scope=weft", "osgi.command.function=help"})
@SatisfyingConditionTarget("(osgi.condition.id=io.weft.plugins)")
public final class Shell implements Command {

    /** Framework property: the width of the terminal. */
    private static final String COLUMNS = "weft.columns";

    /** Framework property: the word by which a person called Weft. */
    private static final String CALLED = "weft.called";

    /** They come and go with what they need; the words that are there now are the words there are. */
    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            fieldOption = FieldOption.UPDATE)
    private final Collection<ShellCommand> commands = new CopyOnWriteArrayList<>();

    private final boolean terminal;
    private final String columns;
    private final Optional<String> called;

    @Activate
    public Shell(BundleContext context) {
        this.terminal = Boolean.parseBoolean(context.getProperty(Command.TERMINAL));
        this.columns = Optional.ofNullable(context.getProperty(COLUMNS)).orElse("");
        this.called = Optional.ofNullable(context.getProperty(CALLED)).filter(word -> !word.isBlank());
    }

    /** The Gogo command that explains the others. */
    public void help(CommandSession session, String... words) throws InterruptedException {
        Session.run(helpNow(), session, words);
    }

    @Override
    public int run(List<String> arguments, PrintStream out, PrintStream err) throws InterruptedException {
        Screen seen = terminal
                ? Screen.terminal(
                        out,
                        err,
                        columns,
                        Optional.ofNullable(System.getenv("NO_COLOR")).orElse(""))
                : Screen.plain(out, err);
        Screen screen = called.map(seen::calledBy).orElse(seen);
        Help help = helpNow();
        return Session.run(screen, () -> run(arguments, screen, help));
    }

    @Override
    public Set<String> answers(List<String> arguments) {
        Optional<ShellCommand> staying = commands.stream()
                .filter(command -> command.stays()
                        && arguments.stream().limit(1).anyMatch(command.manual().name()::equals))
                .findFirst();
        if (staying.isEmpty()) {
            return Set.of();
        }
        boolean resident = staying.get() instanceof Start;
        return commands.stream()
                .filter(command -> command.isOfTheRuntime() || (resident && command.isOfTheResident()))
                .map(command -> command.manual().name() + (command.isOfTheResidentWithAnOperand() ? WITH_MORE : ""))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** On whose terminal that is seen, and how wide it is, is not known here. */
    @Override
    public int answer(List<String> arguments, PrintStream out, PrintStream err) throws InterruptedException {
        Screen screen = Screen.plain(out, err);
        Help help = helpNow();
        return Session.run(screen, () -> run(arguments, screen, help));
    }

    private static int run(List<String> words, Screen screen, Help help) throws IOException, InterruptedException {
        if (words.isEmpty()) {
            screen.err().print(help.overview());
            return REFUSED;
        }
        String first = words.get(0);
        List<String> rest = words.subList(1, words.size());
        if (Help.FLAGS.contains(first)) {
            return help.run(rest, screen);
        }
        ShellCommand command = help.named(first.equals("--version") ? "version" : first);
        List<String> flags = rest.contains("--") ? rest.subList(0, rest.indexOf("--")) : rest;
        return flags.stream().anyMatch(Help.FLAGS::contains)
                ? help.run(List.of(first), screen)
                : command.run(rest, screen);
    }

    private Help helpNow() {
        return new Help(new ArrayList<>(commands));
    }
}
