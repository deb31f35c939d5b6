package io.weft.server.daemon;

import io.weft.exchange.Message;
import io.weft.identity.Kit;
import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The server of this process, for whoever shows how it is: nothing can be changed through it. It is a service from the server's start to
 * its end.
 */
@ProviderType
public interface ServerView {

    /** The home in which it lives. */
    Path home();

    /** Who it is, and whom it knows. */
    Kit kit();

    /** All jobs, in the order in which they were handed in. */
    List<Message.Admin.JobLine> jobs();

    /** The sites of the project, by name. */
    List<Message.Admin.SiteLine> sites();

    /** The plugin services. */
    List<Message.Admin.PluginLine> plugins();

    /**
     * What has happened in a job since this process knows it.
     *
     * @param after the number of the last event that is known; 0 for none
     * @throws io.weft.api.plugin.Refusal when there is no such job
     */
    Happened happened(String job, long after);

    /**
     * Events of a job.
     *
     * @param folder where the job's files are
     * @param events as lines of JSON, as {@code weft watch} gets them; of a site's progress only the last
     * @param last the number of the last of them
     * @param more whether there are more already
     */
    record Happened(Path folder, List<String> events, long last, boolean more) {

        public Happened {
            events = List.copyOf(events);
        }
    }

    /** Tells the listener, on any thread, that something may look different from now on; it returns at once and asks nothing. */
    Registration onChange(Runnable listener);

    /** Ends what it was given for. */
    @FunctionalInterface
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
