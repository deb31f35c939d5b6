package io.weft.shell.internal;

import io.weft.launch.Command;
import java.io.ByteArrayInputStream;
import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line of the interactive shell, run in Gogo without a terminal. */
final class ShellLine {

    private static final Logger LOG = LoggerFactory.getLogger(ShellLine.class);

    private final CommandProcessor processor;
    private final Screen screen;

    ShellLine(CommandProcessor processor, Screen screen) {
        this.processor = processor;
        this.screen = screen;
    }

    /**
     * Runs it.
     *
     * @return the exit code of its last command of Weft
     */
    int run(String line) throws InterruptedException {
        try (CommandSession session =
                processor.createSession(new ByteArrayInputStream(new byte[0]), screen.out(), screen.err())) {
            session.put("SCOPE", "weft:*");
            Object result = session.execute(line);
            if (result != null) {
                screen.out().println(session.format(result, Converter.INSPECT));
            }
            return session.get(Session.EXIT) instanceof Integer exit ? exit : Command.DONE;
        } catch (CommandNotFoundException e) {
            screen.err().println("weft: there is no command '" + e.getCommand() + "'; 'help' lists those of Weft");
            return Command.REFUSED;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            // Whatever a command of Gogo throws; those of Weft say themselves what went wrong.
            LOG.warn("{} failed", line, e);
            screen.err().println("weft: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
            return Command.FAILED;
        }
    }
}
