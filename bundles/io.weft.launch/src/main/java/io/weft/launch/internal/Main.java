package io.weft.launch.internal;

import io.weft.launch.Command;
import io.weft.launch.HomeProcesses;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleException;
import org.slf4j.LoggerFactory;

/** The process: has a command answered by one that runs in its home, or starts the framework and runs it there. */
public final class Main {

    /** Two seconds where nothing else runs; a machine may be busy. */
    private static final Duration READY = Duration.ofSeconds(60);

    /** How long a process that runs in this home may take to say that it works on an answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final PrintStream out;
    private final PrintStream err;

    private Main(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** Does not return. */
    public static void main(String... words) {
        Interruption interruption = Interruption.of(Thread.currentThread());
        Main main = new Main(stream(FileDescriptor.out), stream(FileDescriptor.err));
        int exit = main.run(words);
        main.out.flush();
        main.err.flush();
        interruption.finished();
        System.exit(exit);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor)), true, StandardCharsets.UTF_8);
    }

    private int run(String... words) {
        try {
            CommandLine line = CommandLine.parse(words);
            Installation installation = Installation.ofThisProcess();
            Home home = Home.choose(
                    line.home(),
                    Optional.ofNullable(System.getenv("WEFT_HOME")),
                    installation,
                    Path.of(System.getProperty("user.home")));
            Logging.to(home.log(line.arguments()), home);
            return run(line, installation, home);
        } catch (Unstartable e) {
            err.println("weft: " + e.getMessage());
            return Command.REFUSED;
        } catch (InterruptedException e) {
            return Command.INTERRUPTED;
        } catch (IOException | BundleException e) {
            err.println("weft: the framework did not start: " + e.getMessage());
            return Command.FAILED;
        } catch (IllegalStateException e) {
            // Felix wraps the interrupt of a thread that it resolves bundles on.
            if (e.getCause() instanceof InterruptedException) {
                return Command.INTERRUPTED;
            }
            throw e;
        }
    }

    private int run(CommandLine line, Installation installation, Home home)
            throws IOException, BundleException, InterruptedException {
        OptionalInt answered = new CommandClient(home, PATIENCE, out, err).ask(line.arguments());
        return answered.isPresent() ? answered.getAsInt() : runHere(line, installation, home);
    }

    private int runHere(CommandLine line, Installation installation, Home home)
            throws IOException, BundleException, InterruptedException {
        home.requireRoom(home.usable());
        boolean terminal = Boolean.getBoolean(Command.TERMINAL);
        try (RunFolder folder =
                        RunFolder.open(home.runs(), ProcessHandle.current().pid());
                Platform platform =
                        Platform.start(installation, home, folder.path().resolve("cache"), terminal)) {
            platform.offer(
                    HomeProcesses.class,
                    (words, theirs, errors) -> new CommandClient(home, PATIENCE, theirs, errors).ask(words));
            Command command = platform.awaitCommand(READY);
            Ending ending = new Ending(Thread.currentThread());
            int exit;
            try (Closeable answering = answering(command, line, home, new CommandSocket(folder.path()), ending)) {
                exit = run(() -> command.run(line.arguments(), out, err), line.arguments(), err, home);
            } catch (InterruptedException e) {
                exit = Command.INTERRUPTED;
            }
            // An interrupt has done its work; what closes now must not stumble over it.
            boolean interrupted = Thread.interrupted();
            if (ending.isAskedFor()) {
                return Command.DONE;
            }
            return interrupted ? Command.INTERRUPTED : exit;
        }
    }

    /** What another process may ask for: that this one ends. */
    private static final class Ending implements Runnable {

        private final Thread worker;
        private volatile boolean askedFor;

        Ending(Thread worker) {
            this.worker = worker;
        }

        boolean isAskedFor() {
            return askedFor;
        }

        @Override
        public void run() {
            askedFor = true;
            worker.interrupt();
        }
    }

    /** Answers other processes while the command runs, where it says so. That it cannot is no reason not to run. */
    private static Closeable answering(
            Command command, CommandLine line, Home home, CommandSocket socket, Ending ending) {
        Set<String> words = command.answers(line.arguments());
        if (words.isEmpty()) {
            return () -> {};
        }
        try {
            return CommandServer.open(
                    socket,
                    words,
                    (asked, theirs, errors) -> run(() -> command.answer(asked, theirs, errors), asked, errors, home),
                    ending);
        } catch (IOException e) {
            LoggerFactory.getLogger(Main.class).warn("other processes in this home cannot ask this one", e);
            return () -> {};
        }
    }

    private static int run(Callable<Integer> work, List<String> arguments, PrintStream err, Home home)
            throws InterruptedException {
        try {
            return work.call();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            LoggerFactory.getLogger(Main.class).error("{} failed", arguments, e);
            err.println("weft: " + e + " (more in " + home.log(arguments) + ")");
            return Command.FAILED;
        }
    }
}
