package io.weft.shell.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.launch.Command;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code weft help}: what there is, and how one command works. */
final class Help implements ShellCommand {

    /** They ask for a command's page wherever they stand. */
    static final List<String> FLAGS = List.of("--help", "-h");

    private static final String OF_BOTH = "the archives of server and site";
    private static final String OF_A_SITE = "the archive of a site";
    private static final String OF_THE_WORKBENCH = "the workbench";

    /** Where the commands are that not every archive has. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "start", OF_BOTH,
            "status", OF_BOTH,
            "check", OF_BOTH,
            "approve", OF_A_SITE,
            "simulate", OF_THE_WORKBENCH,
            "plan", OF_THE_WORKBENCH);

    private static final Manual MANUAL = new Manual(
            "help",
            "Lists the commands, or explains one.",
            Optional.of("COMMAND"),
            false,
            List.of(),
            List.of(),
            List.of("weft help simulate"));

    private final List<ShellCommand> commands;

    /** Explains these commands, itself among them. */
    Help(List<ShellCommand> commands) {
        var all = new ArrayList<>(commands);
        all.add(this);
        all.sort(Comparator.comparing(command -> command.manual().name()));
        this.commands = List.copyOf(all);
    }

    @Override
    public Manual manual() {
        return MANUAL;
    }

    @Override
    public int run(Arguments arguments, Screen screen) {
        screen.out().print(arguments.operand().map(this::page).orElseGet(this::overview));
        return Command.DONE;
    }

    /** The commands by name. */
    List<ShellCommand> commands() {
        return commands;
    }

    private String page(String name) {
        return named(name).manual().help();
    }

    /**
     * The command of that name.
     *
     * @throws Refusal when there is none; names the nearest
     */
    ShellCommand named(String name) {
        List<String> names =
                commands.stream().map(command -> command.manual().name()).toList();
        int index = names.indexOf(name);
        if (index < 0 && ELSEWHERE.containsKey(name)) {
            throw new Refusal("'" + name + "' is a command of " + ELSEWHERE.get(name) + ", and this is another one");
        }
        if (index < 0) {
            throw new Refusal("there is no command '" + name + "'" + Nearest.hint(name, names) + " (there are: "
                    + String.join(", ", names) + ")");
        }
        return commands.get(index);
    }

    String overview() {
        List<List<String>> rows = commands.stream()
                .map(command -> List.of(
                        "  weft " + command.manual().name(), command.manual().sentence()))
                .toList();
        return "Weft fine-tunes language models across sites that may not share their data.\n\n"
                + String.join("\n", Table.leftAligned(rows))
                + "\n\n'weft help COMMAND' explains one. Every command takes --home DIR: the folder that this runtime reads its\n"
                + "plugins and settings from and writes its runs to.\n";
    }
}
