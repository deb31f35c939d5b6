package io.weft.shell.internal;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.felix.gogo.jline.Highlighter;
import org.apache.felix.gogo.jline.Parser;
import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The interactive shell: reads lines from a terminal and runs them in Gogo until somebody leaves. */
final class Console {

    /** Session variable: the terminal, under the name that Gogo's own commands know. */
    static final String TERMINAL = ".terminal";

    /** Session variable of Gogo. */
    private static final String COMMANDS = ".commands";

    private static final Logger LOG = LoggerFactory.getLogger(Console.class);

    private static final String PROMPT = "weft> ";
    private static final Set<String> LEAVE = Set.of("exit", "quit");

    private final Terminal terminal;
    private final CommandProcessor processor;
    private final Supplier<Help> help;
    private final Path history;
    private final Resident resident;
    private volatile Optional<Thread> asking = Optional.empty();

    /** Runs a line in the process that lives in this home. */
    @FunctionalInterface
    interface Resident {

        /** Whether there is such a process; what it printed was written to {@code out}. */
        boolean run(String line, PrintStream out) throws IOException, InterruptedException;
    }

    /**
     * Prepares a shell.
     *
     * @param help the commands that there are now
     * @param history where the lines of former shells lie, and those of this one will
     * @param resident runs lines where there is one; otherwise they are run here
     */
    Console(Terminal terminal, CommandProcessor processor, Supplier<Help> help, Path history, Resident resident) {
        this.terminal = terminal;
        this.processor = processor;
        this.help = help;
        this.history = history;
        this.resident = resident;
    }

    /** Returns when the input ends, a line says so, or the thread is interrupted while it waits for a line. */
    void run() {
        PrintStream out = new PrintStream(terminal.output(), true, StandardCharsets.UTF_8);
        try (CommandSession session = processor.createSession(terminal.input(), out, out)) {
            session.put(TERMINAL, terminal);
            session.put("SCOPE", "weft:*");
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("weft")
                    .parser(new Parser())
                    .completer(new Completion(help, () -> commands(session)))
                    .highlighter(new Highlighter(session))
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .option(LineReader.Option.AUTO_FRESH_LINE, true)
                    .option(LineReader.Option.CASE_INSENSITIVE, true)
                    .variable(LineReader.HISTORY_FILE, history)
                    .build();
            SignalHandler before = terminal.handle(Signal.INT, signal -> interrupt(session));
            try {
                while (read(reader, session)) {
                    terminal.flush();
                }
            } finally {
                terminal.handle(Signal.INT, before);
                save(reader);
            }
        }
    }

    /** Everything that Gogo finds, with its scope. */
    private static Set<String> commands(CommandSession session) {
        return session.get(COMMANDS) instanceof Set<?> names
                ? names.stream().map(String::valueOf).collect(Collectors.toCollection(TreeSet::new))
                : Set.of();
    }

    /** Ctrl-C ends what runs, and not the shell. */
    private void interrupt(CommandSession session) {
        asking.ifPresent(Thread::interrupt);
        Job running = session.foregroundJob();
        if (running != null) {
            running.interrupt();
        }
    }

    /** Whether another line is wanted. */
    private boolean read(LineReader reader, CommandSession session) {
        String line;
        try {
            line = reader.readLine(PROMPT).strip();
        } catch (UserInterruptException e) {
            return !Thread.currentThread().isInterrupted();
        } catch (EndOfFileException e) {
            return false;
        }
        if (LEAVE.contains(line)) {
            return false;
        }
        if (!line.isEmpty()) {
            execute(line, session);
        }
        return true;
    }

    /** Whatever a line does, the next one is wanted. */
    private void execute(String line, CommandSession session) {
        try {
            if (isRunByTheResident(line)) {
                return;
            }
            Object result = session.execute(line);
            if (result != null) {
                terminal.writer().println(session.format(result, Converter.INSPECT));
            }
        } catch (CommandNotFoundException e) {
            complain("there is no command '" + e.getCommand() + "'; 'help' lists those of Weft");
        } catch (InterruptedException e) {
            complain("interrupted");
        } catch (Exception | LinkageError e) {
            LOG.warn("{} failed", line, e);
            complain(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private boolean isRunByTheResident(String line) throws IOException, InterruptedException {
        asking = Optional.of(Thread.currentThread());
        try (PrintStream out = new PrintStream(new Unclosed(terminal.output()), true, StandardCharsets.UTF_8)) {
            return resident.run(line, out);
        } finally {
            asking = Optional.empty();
        }
    }

    /** The terminal outlives what is printed to it. */
    private static final class Unclosed extends FilterOutputStream {

        Unclosed(OutputStream terminal) {
            super(terminal);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            out.write(bytes, from, count);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    private void complain(String message) {
        terminal.writer().println("weft: " + message);
        terminal.flush();
    }

    private static void save(LineReader reader) {
        try {
            reader.getHistory().save();
        } catch (IOException e) {
            LOG.warn("the history was not kept", e);
        }
    }
}
