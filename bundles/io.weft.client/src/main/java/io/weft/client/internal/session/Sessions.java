package io.weft.client.internal.session;

import io.weft.client.NotConnected;
import java.util.Optional;

/**
 * Whose program is asking. A process takes part at one site. In a site's own process there may be several programs, each in a thread
 * of its own; threads that these start belong to them.
 */
public final class Sessions {

    private static final InheritableThreadLocal<Optional<Session>> OF_THREAD = new InheritableThreadLocal<>() {
        @Override
        protected Optional<Session> initialValue() {
            return Optional.empty();
        }
    };

    private static Optional<Session> ofProcess = Optional.empty();

    private Sessions() {}

    /** What is run in a thread of its own. */
    @FunctionalInterface
    public interface Program {
        void run() throws Exception;
    }

    /** Runs a program that talks over this channel, in this thread. */
    public static void within(Channel channel, Program program) throws Exception {
        Session session = new Session(channel);
        OF_THREAD.set(Optional.of(session));
        try {
            program.run();
        } finally {
            OF_THREAD.remove();
            session.close();
        }
    }

    /** The session of the asking thread or process; empty for a process that is not of rank 0. */
    public static Optional<Session> current() {
        Optional<Session> own = OF_THREAD.get();
        if (own.isPresent()) {
            return own;
        }
        synchronized (Sessions.class) {
            if (ofProcess.isEmpty() && isFirst()) {
                throw new IllegalStateException("Weft.init() was not called");
            }
            return ofProcess;
        }
    }

    /** Joins the site that started this process, or that the environment names. */
    public static synchronized void join() {
        if (OF_THREAD.get().isPresent() || ofProcess.isPresent() || !isFirst()) {
            return;
        }
        Address address = Address.told()
                .orElseThrow(() -> new NotConnected(
                        "no Weft site started this process (WEFT_CONTROL and WEFT_TOKEN are not set), and it was not told which one to"
                                + " join (WEFT_ATTACH); run it with a job: weft simulate JOB"));
        ofProcess = Optional.of(new Session(SiteConnection.open(address)));
    }

    /** Leaves the job. */
    public static void leave() {
        Optional<Session> own = OF_THREAD.get();
        if (own.isPresent()) {
            own.get().close();
            return;
        }
        synchronized (Sessions.class) {
            ofProcess.ifPresent(Session::close);
            ofProcess = Optional.empty();
        }
    }

    /** Of the processes of one training only that of rank 0 talks to the site. */
    private static boolean isFirst() {
        return Address.variable("RANK").filter(rank -> !rank.equals("0")).isEmpty();
    }
}
