package io.weft.shell.internal;

import io.weft.server.JobEvent;
import io.weft.server.JobEvent.RoundFinished;
import io.weft.server.JobEvent.SiteFailed;
import io.weft.server.JobEvent.SiteLate;
import io.weft.server.JobEvent.SiteStep;
import io.weft.server.JobEvent.Started;
import io.weft.server.JobEvent.Validated;
import io.weft.server.JobState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** How far a run is, gathered from its events. Not safe for use by several threads. */
final class Standing {

    private static final String TRAIN = "train";

    /** Before this share of the work is done, the time that is left is a guess. */
    private static final double ENOUGH = 0.02;

    /**
     * Why a site does not count in a round.
     *
     * @param late whether it was not waited for; otherwise it failed
     */
    record Absence(boolean late, String reason) {

        /** For a cell of a table. */
        String word() {
            return late ? "late" : "failed";
        }

        /** For a sentence. */
        String did() {
            return late ? "was late" : "failed";
        }
    }

    private final SortedMap<String, SiteStep> latest = new TreeMap<>();
    private final Map<String, Double> trained = new LinkedHashMap<>();
    private final NavigableMap<Integer, RoundFinished> finished = new TreeMap<>();
    private final NavigableMap<Integer, Validated> validated = new TreeMap<>();
    private final NavigableMap<Integer, SortedMap<String, Absence>> absent = new TreeMap<>();
    private Optional<Started> started = Optional.empty();
    private OptionalDouble begun = OptionalDouble.empty();
    private double shareAtBegin;
    private Optional<JobState> state = Optional.empty();
    private boolean waited;
    private int round;
    private final CodingSums codedUp = new CodingSums();
    private final CodingSums codedDown = new CodingSums();
    private long bytesUp;
    private long bytesDown;

    /** Takes an event in; {@code now} is in seconds from any point. */
    void happened(JobEvent event, double now) {
        if (event instanceof Started start) {
            started = Optional.of(start);
        } else if (event instanceof JobEvent.StateChanged change) {
            waited = state.isPresent() && state.get() == JobState.WAITING;
            state = Optional.of(change.state());
        } else if (event instanceof JobEvent.Resumed resumed) {
            round = resumed.round();
            resumed.earlier().forEach(earlier -> happened(earlier, now));
        } else if (event instanceof JobEvent.RoundStarted start) {
            round = start.round();
            latest.clear();
            trained.clear();
        } else if (event instanceof SiteStep advance) {
            if (begun.isEmpty()) {
                begun = OptionalDouble.of(now);
                shareAtBegin = share();
            }
            latest.put(advance.site(), advance);
            if (advance.activity().equals(TRAIN) && advance.total() > 0) {
                trained.put(advance.site(), (double) advance.done() / advance.total());
            }
        } else if (event instanceof SiteFailed failure) {
            missed(failure.round(), failure.site(), new Absence(false, failure.reason()));
        } else if (event instanceof SiteLate late) {
            missed(late.round(), late.site(), new Absence(true, late.reason()));
        } else if (event instanceof JobEvent.Transferred transfer) {
            bytesUp += transfer.up() ? transfer.wireBytes() : 0;
            bytesDown += transfer.up() ? 0 : transfer.wireBytes();
        } else if (event instanceof JobEvent.Coded coded) {
            (coded.up() ? codedUp : codedDown).add(coded);
        } else if (event instanceof Validated validation) {
            validated.put(validation.round(), validation);
        } else if (event instanceof RoundFinished end) {
            round = Math.max(round, end.round());
            finished.put(end.round(), end);
            latest.clear();
            trained.clear();
        }
    }

    /** Nothing more is waited for from that site in that round. */
    private void missed(int number, String site, Absence why) {
        absent.computeIfAbsent(number, first -> new TreeMap<>()).putIfAbsent(site, why);
        if (number == round) {
            latest.remove(site);
            trained.put(site, 1.0);
        }
    }

    /** The sites that do not count, by round; round 0 has those that take no part in the job. */
    NavigableMap<Integer, SortedMap<String, Absence>> absent() {
        return absent;
    }

    Optional<Started> started() {
        return started;
    }

    List<String> sites() {
        return started.map(Started::sites).orElse(List.of());
    }

    /** Whether it was in another state than running, since it last ran or a watcher lost sight of it. */
    boolean hasWaited() {
        return waited;
    }

    /** "round 2/5", of the round that is under way. */
    String roundOfRounds() {
        return roundOfRounds(round);
    }

    /** "round 1/5", of any round. */
    String roundOfRounds(int number) {
        return "round " + number + "/" + started.map(Started::rounds).orElse(number);
    }

    SortedMap<String, SiteStep> latest() {
        return latest;
    }

    NavigableMap<Integer, RoundFinished> finished() {
        return finished;
    }

    /** What was measured, by the round that left the measured model. */
    NavigableMap<Integer, Validated> validated() {
        return validated;
    }

    /** What coding saved and cost on the way to the server. */
    CodingSums codedUp() {
        return codedUp;
    }

    /** What coding saved and cost on the way to the sites. */
    CodingSums codedDown() {
        return codedDown;
    }

    long bytesUp() {
        return bytesUp;
    }

    long bytesDown() {
        return bytesDown;
    }

    /** The share of the training that is done, from 0 to 1. */
    double share() {
        int rounds = started.map(Started::rounds).orElse(0);
        if (rounds == 0) {
            return 0;
        }
        double inRound = finished.containsKey(round)
                ? 1
                : trained.values().stream().mapToDouble(share -> share).sum() / Math.max(1, sites().size());
        return Math.min(1, (Math.max(0, round - 1) + inRound) / rounds);
    }

    /** Seconds that the rest will take at the pace so far; empty while there is too little to go by. */
    OptionalDouble secondsLeft(double now) {
        double share = share();
        double done = share - shareAtBegin;
        return begun.isPresent() && done >= ENOUGH && now > begun.getAsDouble()
                ? OptionalDouble.of((now - begun.getAsDouble()) * (1 - share) / done)
                : OptionalDouble.empty();
    }
}
