package io.weft.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** What lives in a home between {@code weft start} and {@code weft stop}: a server, or a site. A distribution has one, or none. */
@ConsumerType
public interface Resident {

    /** What it is in messages: {@code server} or {@code site}. */
    String kind();

    /**
     * Moves into a home; when it returns, others can turn to it.
     *
     * @param home has the startup kit in {@code kit/}
     * @throws RuntimeException a refusal, in one line, when something in the home is not right
     */
    Residence open(Path home) throws IOException, InterruptedException;

    /** Looks at everything that it will need, without starting; what is found comes in the order in which a person would mend it. */
    List<Finding> check(Path home) throws IOException, InterruptedException;

    /** A resident at home. */
    interface Residence extends AutoCloseable {

        /** Who it is and where, in a few words behind its kind, such as {@code three-clinics at localhost:8443}. */
        String name();

        /** Who it is, and how its start went, when that is known after a few seconds at most. */
        default String ready() throws InterruptedException {
            return name();
        }

        /** What there is to say about how it is, a line each. */
        List<String> status();

        /** Moves out; what is under way goes on at the next start. */
        @Override
        void close() throws IOException, InterruptedException;
    }

    /**
     * What was seen of one thing that is needed.
     *
     * @param subject such as {@code port} or {@code certificate}
     * @param fine whether it will do
     * @param words what was found and, when it will not do, what to do
     */
    record Finding(String subject, boolean fine, String words) {}
}
