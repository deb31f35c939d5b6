package io.weft.launch;

import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a Weft process does: the launcher starts the framework, waits for the one service of this type, runs it on the main thread
 * and ends the process with its exit code.
 *
 * <p>When the process is asked to end (Ctrl-C, SIGTERM) the thread that runs the command is interrupted. The command then has half
 * a minute to leave everything in order; whatever it returns, the process ends with {@link #INTERRUPTED}.
 */
@ConsumerType
public interface Command {

    /** What was asked for happened. */
    int DONE = 0;

    /** It began and failed. */
    int FAILED = 1;

    /** It was refused before it began. */
    int REFUSED = 2;

    /** Somebody ended the process. */
    int INTERRUPTED = 130;

    /**
     * What {@link #answer} gives when this process ends because of it: who asked waits until the process is gone, and ends with {@link
     * #DONE}.
     */
    int ENDING = -1;

    /** Framework property: the folder of the installation, absolute. */
    String INSTALLATION = "weft.installation";

    /** Framework property: the folder that belongs to this runtime, absolute; it exists and is writable. */
    String HOME = "weft.home";

    /** Framework property: the folder with this platform's native libraries, absolute; it may be missing. */
    String NATIVES = "weft.natives";

    /** Framework property: the version of Weft. */
    String VERSION = "weft.version";

    /** Framework property: {@code true} when standard output is a terminal. */
    String TERMINAL = "weft.terminal";

    /** Framework property: the start level at which the interactive shell runs; the framework starts below it. */
    String SHELL_LEVEL = "weft.shell.level";

    /**
     * Runs one command line to its end.
     *
     * @param arguments the words after the program's name, without the launcher's own {@code --home DIR}
     * @param out for results
     * @param err for everything else that a person should see
     * @return the exit code of the process
     */
    int run(List<String> arguments, PrintStream out, PrintStream err) throws Exception;

    /** Behind a word that {@link #answers} gives: it is answered where more words follow, and not alone. */
    String WITH_MORE = " …";

    /**
     * The first words of command lines that other processes in this home have answered by this one while it runs the given one; they
     * start no framework then.
     *
     * @param arguments what this process runs
     * @return nothing, as by default, where it is over too soon to be asked
     */
    default Set<String> answers(List<String> arguments) {
        return Set.of();
    }

    /**
     * Runs a command line of another process, which begins with one of the words that it {@link #answers}. The calling thread is
     * interrupted when that process is ended.
     *
     * @param out the other process's standard output
     * @param err the other process's standard error
     * @return the exit code of the other process, or {@link #ENDING}
     */
    default int answer(List<String> arguments, PrintStream out, PrintStream err) throws Exception {
        return run(arguments, out, err);
    }
}
