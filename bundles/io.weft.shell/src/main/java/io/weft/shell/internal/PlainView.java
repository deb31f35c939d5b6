package io.weft.shell.internal;

import io.weft.server.JobEvent;
import io.weft.simulate.SimulationResult;
import java.io.PrintStream;

/** One line after another, for files and pipes. */
final class PlainView implements RunView {

    private final PrintStream out;
    private final Pace pace = new Pace(5);

    PlainView(PrintStream out) {
        this.out = out;
    }

    @Override
    public void happened(JobEvent event, Standing standing, double now) {
        if (event instanceof JobEvent.Started start) {
            out.println(start.job());
            out.println(Sentences.of(start));
        } else if (event instanceof JobEvent.Resumed resumed) {
            out.println(Sentences.of(resumed));
        } else if (event instanceof JobEvent.SiteStep advance) {
            if (pace.isDue(advance, now)) {
                out.println(
                        standing.roundOfRounds() + "  " + Sentences.of(advance) + "  " + Sentences.of(standing, now));
            }
        } else if (event instanceof JobEvent.Validated validation) {
            out.println(Sentences.of(validation));
        } else if (event instanceof JobEvent.RoundFinished end) {
            out.println(standing.roundOfRounds(end.round()) + " done"
                    + Sentences.of(end, standing.sites().size()));
        } else if (event instanceof JobEvent.SiteFailed failure) {
            out.println(Sentences.of(failure, standing.sites()));
        } else if (event instanceof JobEvent.SiteLate late) {
            out.println(Sentences.of(late));
        } else if (event instanceof JobEvent.Wrote output) {
            Sentences.of(output).forEach(out::println);
        } else if (event instanceof JobEvent.Noted note) {
            out.println(Sentences.of(note));
        } else if (event instanceof JobEvent.StateChanged change) {
            Sentences.of(change, standing).ifPresent(out::println);
        }
    }

    @Override
    public void says(String line) {
        out.println(line);
        out.flush();
    }

    @Override
    public void stopped() {
        out.flush();
    }

    @Override
    public void ended(SimulationResult result, Standing standing) {
        ClosingReport.of(result, standing).lines().forEach(out::println);
    }
}
