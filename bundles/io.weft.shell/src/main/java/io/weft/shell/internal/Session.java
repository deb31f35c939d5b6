package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.launch.Command;
import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Process;
import org.jline.terminal.Terminal;

/** Runs a command and turns how it ended into one line and an exit code. */
final class Session {

    /** Session variable: the exit code of the last command of Weft. */
    static final String EXIT = ".exit";

    private Session() {}

    /** What is run. */
    @FunctionalInterface
    interface Work {

        /** Does it and gives the exit code. */
        int run() throws IOException, InterruptedException;
    }

    /** Runs a command from the interactive shell; it may be a part of a pipe. */
    static void run(ShellCommand command, CommandSession session, String... words) throws InterruptedException {
        Process process = Process.Utils.current();
        Screen seen = process.isTty(1)
                        && session.get(Console.TERMINAL) instanceof Terminal terminal
                        && !terminal.getType().startsWith(Terminal.TYPE_DUMB)
                ? Screen.terminal(
                        process.out(),
                        process.err(),
                        Integer.toString(terminal.getWidth()),
                        Optional.ofNullable(System.getenv("NO_COLOR")).orElse(""))
                : Screen.plain(process.out(), process.err());
        Screen screen = seen.calledBy("");
        List<String> all = List.of(words);
        boolean asksForHelp = all.stream().takeWhile(word -> !word.equals("--")).anyMatch(Help.FLAGS::contains);
        int exit = run(screen, () -> {
            if (asksForHelp) {
                screen.out().print(command.manual().help());
                return Command.DONE;
            }
            return command.run(all, screen);
        });
        session.put(EXIT, exit);
        process.error(exit);
    }

    /** Runs work; what a person can mend is said in a line, everything else is the caller's to report. */
    static int run(Screen screen, Work work) throws InterruptedException {
        try {
            return work.run();
        } catch (Refusal e) {
            screen.err().println("weft: " + oneLine(e.getMessage()));
            return Command.REFUSED;
        } catch (CancellationException e) {
            return Command.INTERRUPTED;
        } catch (IOException e) {
            screen.err().println("weft: " + oneLine(FileProblem.words(e)));
            return Command.FAILED;
        }
    }

    private static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
