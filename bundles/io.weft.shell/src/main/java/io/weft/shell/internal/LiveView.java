package io.weft.shell.internal;

import io.weft.server.JobEvent;
import io.weft.server.JobEvent.SiteStep;
import io.weft.simulate.SimulationResult;
import java.util.ArrayList;
import java.util.List;

/** A block at the foot of a terminal that is redrawn in place; what is done scrolls away above it. */
final class LiveView implements RunView {

    /** More sites than this would scroll a small terminal. */
    private static final int MOST_SITES = 10;

    private static final double SECONDS_BETWEEN = 0.1;
    private static final int LONGEST_BAR = 30;

    private static final String ERASE_BELOW = "\u001b[J";
    private static final String BOLD = "\u001b[1m";
    private static final String FAINT = "\u001b[2m";
    private static final String NORMAL = "\u001b[0m";

    private final Screen screen;
    private int drawn;
    private double drawnAt = Double.NEGATIVE_INFINITY;

    LiveView(Screen screen) {
        this.screen = screen;
    }

    @Override
    public void happened(JobEvent event, Standing standing, double now) {
        if (event instanceof JobEvent.Started start) {
            keep(start.job());
            keep(Sentences.of(start));
        } else if (event instanceof JobEvent.Resumed resumed) {
            keep(Sentences.of(resumed));
        } else if (event instanceof JobEvent.Validated validation) {
            keep(Sentences.of(validation));
        } else if (event instanceof JobEvent.RoundFinished end) {
            keep(standing.roundOfRounds(end.round()) + " done"
                    + Sentences.of(end, standing.sites().size()));
        } else if (event instanceof JobEvent.SiteFailed failure) {
            keep(Sentences.of(failure, standing.sites()));
        } else if (event instanceof JobEvent.SiteLate late) {
            keep(Sentences.of(late));
        } else if (event instanceof JobEvent.Wrote output) {
            Sentences.of(output).forEach(this::keep);
        } else if (event instanceof JobEvent.Noted note) {
            keep(Sentences.of(note));
        } else if (event instanceof JobEvent.StateChanged change) {
            Sentences.of(change, standing).ifPresent(this::keep);
        }
        if (drawn == 0 || now - drawnAt >= SECONDS_BETWEEN) {
            draw(standing, now);
        }
    }

    @Override
    public void says(String line) {
        keep(line);
        screen.out().flush();
    }

    @Override
    public void stopped() {
        erase();
        screen.out().flush();
    }

    @Override
    public void ended(SimulationResult result, Standing standing) {
        erase();
        ClosingReport.of(result, standing).lines().forEach(screen.out()::println);
    }

    /** Prints a line that stays; the block comes again below it with the next drawing. */
    private void keep(String line) {
        erase();
        screen.out().println(line);
    }

    private void draw(Standing standing, double now) {
        if (standing.latest().isEmpty()) {
            return;
        }
        List<String> lines = new ArrayList<>();
        String status = "  " + Sentences.of(standing, now);
        String round = standing.roundOfRounds() + "  ";
        int room = screen.columns() - 1 - round.length() - status.length();
        lines.add(styled(BOLD, round + bar(standing.share(), Math.min(room, LONGEST_BAR)) + status));
        List<SiteStep> sites = List.copyOf(standing.latest().values());
        for (SiteStep site : sites.subList(0, Math.min(sites.size(), MOST_SITES))) {
            lines.add(styled(FAINT, "  " + Sentences.of(site)));
        }
        if (sites.size() > MOST_SITES) {
            lines.add(styled(FAINT, "  and " + (sites.size() - MOST_SITES) + " more sites"));
        }
        String erased = erasure();
        // In one piece, so that nobody sees the block half drawn.
        screen.out().print(erased + String.join("\n", lines) + "\n");
        screen.out().flush();
        drawn = lines.size();
        drawnAt = now;
    }

    private static String bar(double share, int width) {
        if (width < 4) {
            return "";
        }
        int full = (int) Math.round(share * width);
        return "━".repeat(full) + "─".repeat(width - full);
    }

    /** Cut to the width, because a line that wraps cannot be erased by its number. */
    private String styled(String style, String line) {
        int most = screen.columns() - 1;
        String cut = line.codePointCount(0, line.length()) <= most
                ? line
                : line.substring(0, line.offsetByCodePoints(0, most - 1)) + "…";
        return screen.colour() ? style + cut + NORMAL : cut;
    }

    private void erase() {
        screen.out().print(erasure());
    }

    private String erasure() {
        String erasure = drawn == 0 ? "" : "\u001b[" + drawn + "A\r" + ERASE_BELOW;
        drawn = 0;
        return erasure;
    }
}
