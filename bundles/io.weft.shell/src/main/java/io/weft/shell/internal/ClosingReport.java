package io.weft.shell.internal;

import io.weft.server.JobEvent.RoundFinished;
import io.weft.server.JobEvent.Started;
import io.weft.simulate.SimulationResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** What a person wants to see after a run: every round in figures. */
final class ClosingReport {

    private static final List<String> HEAD =
            List.of("round", "site", "train loss", "validation loss", "up", "down", "seconds");

    private static final String ALL = "all";

    private static final Losses NONE = new Losses(Collections.emptySortedMap(), OptionalDouble.empty());

    private final List<String> lines = new ArrayList<>();

    private ClosingReport() {}

    /** The lines of the table, and the state the job ended in; why it did not finish is an error's to say. */
    static ClosingReport of(SimulationResult result, Standing standing) {
        var report = new ClosingReport();
        report.table(standing);
        report.lines.add(result.summary().state().name());
        return report;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    private void table(Standing standing) {
        var rounds = new TreeSet<>(standing.finished().keySet());
        rounds.addAll(standing.validated().keySet());
        if (rounds.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        for (int round : rounds) {
            rows.addAll(rows(round, standing));
        }
        lines.add("");
        lines.addAll(Table.aligned(rows, column -> column == 1));
        lines.add("(validation: the model that the round left"
                + standing.started()
                        .map(Started::sites)
                        .filter(sites -> sites.size() > 1)
                        .map(sites -> "; all: weighted over the sites")
                        .orElse("")
                + ")");
        lines.add("");
    }

    private static List<List<String>> rows(int round, Standing standing) {
        Optional<RoundFinished> end = Optional.ofNullable(standing.finished().get(round));
        Losses trained = end.map(Losses::of).orElse(NONE);
        Losses validated = Optional.ofNullable(standing.validated().get(round))
                .map(Losses::of)
                .orElse(NONE);
        var sites = new TreeSet<>(trained.bySite().keySet());
        sites.addAll(validated.bySite().keySet());
        List<List<String>> rows = new ArrayList<>();
        for (String site : sites) {
            String number = rows.isEmpty() ? Integer.toString(round) : "";
            rows.add(List.of(
                    number,
                    site,
                    loss(trained.bySite().get(site)),
                    loss(validated.bySite().get(site)),
                    "",
                    "",
                    ""));
        }
        rows.add(List.of(
                rows.isEmpty() ? Integer.toString(round) : "",
                ALL,
                Figures.loss(trained.overall()),
                Figures.loss(validated.overall()),
                end.map(RoundFinished::bytesUp).map(Figures::bytes).orElse(""),
                end.map(RoundFinished::bytesDown).map(Figures::bytes).orElse(""),
                end.map(RoundFinished::seconds).map(Figures::seconds).orElse("")));
        return rows;
    }

    private static String loss(Double loss) {
        return loss == null ? "–" : Figures.loss(loss);
    }
}
