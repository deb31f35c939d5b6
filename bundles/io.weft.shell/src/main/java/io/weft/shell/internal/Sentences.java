package io.weft.shell.internal;

import io.weft.server.Figures;
import io.weft.server.JobEvent.Noted;
import io.weft.server.JobEvent.Resumed;
import io.weft.server.JobEvent.RoundFinished;
import io.weft.server.JobEvent.SiteFailed;
import io.weft.server.JobEvent.SiteLate;
import io.weft.server.JobEvent.SiteStep;
import io.weft.server.JobEvent.Started;
import io.weft.server.JobEvent.StateChanged;
import io.weft.server.JobEvent.Validated;
import io.weft.server.JobEvent.Wrote;
import io.weft.server.JobState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What happens in a run, as lines to read. */
final class Sentences {

    private static final String GAP = "  ";

    /** What of a step is shown under a name of its own, or in no line because it hardly changes. */
    private static final Set<String> KNOWN = Set.of("loss", "tokensPerSecond", "learningRate");
    /** Escape sequences of terminals, and other control characters but the tabulator. */
    private static final Pattern CONTROL = Pattern.compile("\\u001b\\[[0-?]*[ -/]*[@-~]|[\\p{Cntrl}&&[^\t]]");

    private Sentences() {}

    static String of(Started start) {
        int sites = start.sites().size();
        return sites + (sites == 1 ? " site" : " sites") + " (" + String.join(", ", start.sites()) + "), "
                + start.rounds() + (start.rounds() == 1 ? " round" : " rounds")
                + (start.folder().toString().isEmpty() ? "" : ", in " + start.folder());
    }

    static String of(Resumed resumed) {
        return (resumed.round() == 0
                        ? "goes on before its first round was finished"
                        : "goes on after round " + resumed.round())
                + (resumed.tasks() == 0
                        ? ""
                        : "; " + resumed.tasks() + (resumed.tasks() == 1 ? " site has" : " sites have")
                                + " done what comes next");
    }

    /** "site-1  train 12/40  loss 2.3456  1,234 tokens/s"; of a script, whose steps nobody counts, "site-1  train 12  loss 2.3456". */
    static String of(SiteStep advance) {
        var line = new StringBuilder(advance.site())
                .append(GAP)
                .append(advance.activity())
                .append(' ')
                .append(advance.done());
        if (advance.total() > 0) {
            line.append('/').append(advance.total());
        }
        Double loss = advance.values().get("loss");
        if (loss != null) {
            line.append(GAP).append("loss ").append(Figures.loss(loss));
        }
        Double pace = advance.values().get("tokensPerSecond");
        if (pace != null) {
            line.append(GAP).append(Figures.whole(pace)).append(" tokens/s");
        }
        if (advance.total() == 0) {
            // A script's own numbers, which nobody knows but the script.
            advance.values().forEach((name, value) -> {
                if (!KNOWN.contains(name)) {
                    line.append(GAP).append(name).append(' ').append(Figures.loss(value));
                }
            });
        }
        return line.toString();
    }

    /**
     * "  2 of 3 sites  train loss 2.7500  up 1.2 kB  down 2.4 kB  3.5 s".
     *
     * @param sites of the whole job
     */
    static String of(RoundFinished end, int sites) {
        int counted = end.outcomes().size();
        return (counted < sites ? GAP + counted + " of " + sites + " sites" : "") + GAP + "train loss "
                + Figures.loss(Losses.of(end).overall()) + GAP + "up " + Figures.bytes(end.bytesUp()) + GAP + "down "
                + Figures.bytes(end.bytesDown()) + GAP + Figures.seconds(end.seconds()) + " s";
    }

    static String of(Validated validation) {
        return "validation loss of " + validated(validation) + ": "
                + Figures.loss(Losses.of(validation).overall());
    }

    private static String validated(Validated validation) {
        if (validation.result()) {
            return "the result";
        }
        return validation.round() == 0 ? "the initial model" : "the model of round " + validation.round();
    }

    /**
     * "west failed in round 2: the disk is full"; details after a semicolon are left to the end of the run.
     *
     * @param sites those that take part in the job
     */
    static String of(SiteFailed failure, List<String> sites) {
        boolean takesPart = sites.contains(failure.site());
        int details = failure.reason().indexOf("; ");
        return failure.site() + (takesPart ? " failed in round " + failure.round() : " takes no part") + ": "
                + (details < 0 ? failure.reason() : failure.reason().substring(0, details));
    }

    static String of(SiteLate late) {
        return late.site() + " is late in round " + late.round() + ": " + late.reason();
    }

    /** "west | epoch 1: loss 0.5", without what would steer a terminal. */
    static List<String> of(Wrote output) {
        return output.lines().stream()
                .map(line -> output.site() + " | " + CONTROL.matcher(line).replaceAll(""))
                .toList();
    }

    /** That it waits and for what, and that it goes on when it has waited; other states are told by what happens in them. */
    static Optional<String> of(StateChanged change, Standing standing) {
        return switch (change.state()) {
            case WAITING ->
                Optional.of(JobState.WAITING
                        + change.reason().map(why -> ": " + why).orElse(""));
            case SUBMITTED -> change.reason().map(why -> JobState.SUBMITTED + ": " + why);
            case RUNNING -> standing.hasWaited() ? Optional.of(JobState.RUNNING + " again") : Optional.empty();
            case FINISHED, STOPPED, FAILED -> Optional.empty();
        };
    }

    static String of(Noted note) {
        return "note: " + note.site().map(site -> site + ": ").orElse("") + note.message();
    }

    /** "62 %  up 1.2 MB  down 1.2 MB  1m12s left". */
    static String of(Standing standing, double now) {
        var left = standing.secondsLeft(now);
        return Math.round(Math.floor(standing.share() * 100)) + " %" + GAP + "up " + Figures.bytes(standing.bytesUp())
                + GAP
                + "down " + Figures.bytes(standing.bytesDown())
                + (left.isPresent() ? GAP + Figures.duration(left.getAsDouble()) + " left" : "");
    }
}
