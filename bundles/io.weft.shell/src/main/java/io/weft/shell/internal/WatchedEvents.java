package io.weft.shell.internal;

import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The events of a job as a watcher sees them. A server that was started anew tells all from the beginning: of what it repeats, only what
 * was not shown before is shown.
 */
final class WatchedEvents {

    private final RunView view;
    private final Set<Integer> finished = new HashSet<>();
    private final Set<Integer> validated = new HashSet<>();
    private Standing standing = new Standing();
    private boolean begun;
    private boolean repeats;

    WatchedEvents(RunView view) {
        this.view = view;
    }

    /** Shows an event, unless it was shown; {@code now} is in seconds from any point. */
    void happened(JobEvent event, double now) {
        if (event instanceof JobEvent.Started) {
            repeats = begun;
            begun = true;
            standing = new Standing();
            if (repeats) {
                // So that it is told when it runs again.
                standing.happened(new JobEvent.StateChanged(JobState.WAITING, Optional.empty()), now);
            }
            standing.happened(event, now);
            if (!repeats) {
                view.happened(event, standing, now);
            }
            return;
        }
        standing.happened(event, now);
        repeats &= isOfEarlierSittings(event);
        boolean fresh = isFresh(event);
        if (!repeats || fresh) {
            view.happened(event, standing, now);
        }
    }

    private static boolean isOfEarlierSittings(JobEvent event) {
        return event instanceof JobEvent.RoundFinished
                || event instanceof JobEvent.Validated
                || event instanceof JobEvent.Transferred
                || event instanceof JobEvent.Coded;
    }

    /** Whether it tells of a round that nothing was told of; of other events, what is repeated is of no account. */
    private boolean isFresh(JobEvent event) {
        if (event instanceof JobEvent.RoundFinished round) {
            return finished.add(round.round());
        }
        return event instanceof JobEvent.Validated validation && validated.add(validation.round());
    }
}
