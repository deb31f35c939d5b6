package io.weft.launch;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalInt;
import org.osgi.annotation.versioning.ProviderType;

/** The other processes in this home; the launcher registers it as a service. */
@ProviderType
public interface HomeProcesses {

    /**
     * Has a command line answered by one of them.
     *
     * @param words as {@link Command#answer} gets them
     * @return its exit code; empty when no process answers such words
     * @throws InterruptedException when this thread is interrupted meanwhile, upon which the other process ends what it does for it
     */
    OptionalInt ask(List<String> words, PrintStream out, PrintStream err) throws IOException, InterruptedException;
}
