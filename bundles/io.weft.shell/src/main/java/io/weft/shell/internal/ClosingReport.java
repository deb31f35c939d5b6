package io.weft.shell.internal;

import io.weft.api.training.Outcome;
import io.weft.server.Figures;
import io.weft.server.JobEvent.RoundFinished;
import io.weft.server.JobEvent.Started;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import io.weft.simulate.SimulationResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeSet;

/** What a person wants to see after a run: every round in figures. */
final class ClosingReport {

    private static final List<String> HEAD =
            List.of("round", "site", "train loss", "validation loss", "up", "down", "seconds");

    private static final List<String> HEAD_WITHOUT_LOSSES = List.of("round", "sites", "up", "down", "seconds");

    private static final String ALL = "all";

    private static final SortedMap<String, Standing.Absence> NOBODY = Collections.emptySortedMap();

    private static final Losses NONE = new Losses(Collections.emptySortedMap(), OptionalDouble.empty());

    private final List<String> lines = new ArrayList<>();

    private ClosingReport() {}

    /** The lines of the table, and the state the job ended in; why it did not finish is an error's to say. */
    static ClosingReport of(SimulationResult result, Standing standing) {
        var report = new ClosingReport();
        report.table(standing);
        report.absences(result, standing);
        report.besideRounds(result.summary(), standing);
        result.summary().best().ifPresent(best -> report.chosen(best, standing));
        report.lines.add(end(result, standing));
        return report;
    }

    /**
     * Who did not count, and why; a site with one reason in several rounds is named once, and one whose reason ended the job is left
     * to who says why it ended.
     */
    private void absences(SimulationResult result, Standing standing) {
        String end =
                result.summary().state() == JobState.FAILED ? result.reason().orElse("") : "";
        Map<Missed, List<Integer>> rounds = new LinkedHashMap<>();
        standing.absent()
                .forEach((round, sites) -> sites.forEach((site, why) -> {
                    if (!end.contains(why.reason())) {
                        Missed missed = new Missed(site, why, !standing.sites().contains(site));
                        rounds.computeIfAbsent(missed, first -> new ArrayList<>())
                                .add(round);
                    }
                }));
        rounds.forEach((missed, of) -> lines.add(missed.site()
                + (missed.never() ? " took no part" : " " + missed.why().did() + inRounds(of)) + ": "
                + missed.why().reason()));
        if (!rounds.isEmpty()) {
            lines.add("");
        }
    }

    /** What travelled beside the rounds, above all the models that were validated before the first and after the last of them. */
    private void besideRounds(JobSummary summary, Standing standing) {
        long up = summary.bytesUp();
        long down = summary.bytesDown();
        for (RoundFinished end : standing.finished().values()) {
            up -= end.bytesUp();
            down -= end.bytesDown();
        }
        if (summary.state() == JobState.FINISHED && (up > 0 || down > 0)) {
            lines.add("beside the rounds, with the validation of the result: up " + Figures.bytes(up) + ", down "
                    + Figures.bytes(down));
        }
    }

    /** Which model the result is, where that is not the last one as a matter of course. */
    private void chosen(JobSummary.Best best, Standing standing) {
        OptionalDouble initial = validated(0, standing).overall();
        boolean inVain = best.metric().equals(Outcome.VALIDATION_LOSS)
                && initial.isPresent()
                && !(best.value() < initial.getAsDouble());
        lines.add("the result is the model of round " + best.round() + ", the best by " + best.metric() + ": "
                + Figures.loss(best.value())
                + (inVain
                        ? "; no round did better than the initial model, " + Figures.loss(initial)
                                + ": lower train.lr, or look at the records"
                        : ""));
    }

    private record Missed(String site, Standing.Absence why, boolean never) {}

    private static String inRounds(List<Integer> rounds) {
        List<String> numbers = rounds.stream().map(String::valueOf).toList();
        return numbers.size() == 1
                ? " in round " + numbers.get(0)
                : " in rounds " + String.join(", ", numbers.subList(0, numbers.size() - 1)) + " and "
                        + numbers.get(numbers.size() - 1);
    }

    private static String end(SimulationResult result, Standing standing) {
        JobState state = result.summary().state();
        if (state != JobState.FINISHED || result.reason().isEmpty()) {
            return state.name();
        }
        return state + " after round " + result.summary().rounds()
                + standing.started().map(start -> " of " + start.rounds()).orElse("") + ": "
                + result.reason().get();
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
        lines.add("");
        if (rounds.stream().noneMatch(round -> hasLosses(round, standing))) {
            lines.addAll(Table.aligned(withoutLosses(standing), column -> false));
            lines.add("");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        for (int round : rounds) {
            rows.addAll(rows(round, standing));
        }
        lines.addAll(Table.aligned(rows, column -> column == 1));
        lines.add("(validation: the model that the round left, in training precision"
                + standing.started()
                        .map(Started::sites)
                        .filter(sites -> sites.size() > 1)
                        .map(sites -> "; all: weighted over the sites"
                                + (standing.absent().isEmpty() ? "" : " that answered"))
                        .orElse("")
                + ")");
        standing.codedUp().line("up").ifPresent(lines::add);
        standing.codedDown().line("down").ifPresent(lines::add);
        lines.add("");
    }

    private static Losses trained(int round, Standing standing) {
        return Optional.ofNullable(standing.finished().get(round))
                .map(Losses::of)
                .orElse(NONE);
    }

    private static Losses validated(int round, Standing standing) {
        return Optional.ofNullable(standing.validated().get(round))
                .map(Losses::of)
                .orElse(NONE);
    }

    private static boolean hasLosses(int round, Standing standing) {
        return trained(round, standing).overall().isPresent()
                || validated(round, standing).overall().isPresent();
    }

    /** A program of the job's own need not report any. */
    private static List<List<String>> withoutLosses(Standing standing) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD_WITHOUT_LOSSES);
        for (RoundFinished end : standing.finished().values()) {
            rows.add(List.of(
                    Integer.toString(end.round()),
                    Integer.toString(end.outcomes().size()),
                    Figures.bytes(end.bytesUp()),
                    Figures.bytes(end.bytesDown()),
                    Figures.seconds(end.seconds())));
        }
        return rows;
    }

    private static List<List<String>> rows(int round, Standing standing) {
        Optional<RoundFinished> end = Optional.ofNullable(standing.finished().get(round));
        Losses trained = trained(round, standing);
        Losses validated = validated(round, standing);
        SortedMap<String, Standing.Absence> absent =
                round == 0 ? NOBODY : standing.absent().getOrDefault(round, NOBODY);
        var sites = new TreeSet<>(trained.bySite().keySet());
        sites.addAll(absent.keySet());
        sites.addAll(validated.bySite().keySet());
        List<List<String>> rows = new ArrayList<>();
        for (String site : sites) {
            String number = rows.isEmpty() ? Integer.toString(round) : "";
            rows.add(List.of(
                    number,
                    site,
                    absent.containsKey(site) && !trained.bySite().containsKey(site)
                            ? absent.get(site).word()
                            : loss(trained.bySite().get(site)),
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
