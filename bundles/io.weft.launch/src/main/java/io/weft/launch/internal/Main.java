package io.weft.launch.internal;

import io.weft.launch.Command;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.osgi.framework.BundleException;
import org.slf4j.LoggerFactory;

/** The process: starts the framework, runs one command in it, ends with its exit code. */
public final class Main {

    private static final Duration READY = Duration.ofSeconds(10);

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
            Logging.in(home);
            return run(line, installation, home);
        } catch (Unstartable e) {
            err.println("weft: " + e.getMessage());
            return Command.REFUSED;
        } catch (InterruptedException e) {
            return Command.INTERRUPTED;
        } catch (IOException | BundleException e) {
            err.println("weft: the framework did not start: " + e.getMessage());
            return Command.FAILED;
        }
    }

    private int run(CommandLine line, Installation installation, Home home)
            throws IOException, BundleException, InterruptedException {
        boolean terminal = Boolean.getBoolean(Command.TERMINAL);
        try (RunFolder folder =
                        RunFolder.open(home.runs(), ProcessHandle.current().pid());
                Platform platform =
                        Platform.start(installation, home, folder.path().resolve("cache"), terminal)) {
            Command command = platform.awaitCommand(READY);
            int exit = run(command, line, home);
            // An interrupt has done its work; what closes now must not stumble over it.
            return Thread.interrupted() ? Command.INTERRUPTED : exit;
        }
    }

    private int run(Command command, CommandLine line, Home home) throws InterruptedException {
        try {
            return command.run(line.arguments(), out, err);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            LoggerFactory.getLogger(Main.class).error("{} failed", line.arguments(), e);
            err.println("weft: " + e + " (more in " + home.logs().resolve("weft.log") + ")");
            return Command.FAILED;
        }
    }
}
