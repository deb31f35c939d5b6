package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CancellationException;

/** Why a site could not do what it was asked, in one line. */
final class Failure {

    private Failure() {}

    /** The reason without the site's name, which stands beside it. */
    static String reason(String site, Exception failure) {
        String text;
        if (failure instanceof CancellationException) {
            text = "it stopped of itself";
        } else if (failure instanceof Refusal || failure instanceof IOException) {
            text = String.valueOf(failure.getMessage());
        } else {
            text = failure.toString();
        }
        String named = "site '" + site + "': ";
        String alone = text.startsWith(named) ? text.substring(named.length()) : text;
        return oneLine(alone);
    }

    /** Of several lines the first says what failed, and the last, as engines tell their errors, why. */
    private static String oneLine(String text) {
        List<String> lines =
                text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        if (lines.size() < 2) {
            return text.strip();
        }
        return lines.get(0) + " " + (lines.size() > 2 ? "… " : "") + lines.get(lines.size() - 1);
    }

    /** "site 'a': …; sites 'b', 'c': …": sites that fail alike are named together. */
    static String all(SortedMap<String, String> reasons) {
        Map<String, List<String>> alike = new LinkedHashMap<>();
        reasons.forEach((site, reason) ->
                alike.computeIfAbsent(reason, first -> new ArrayList<>()).add("'" + site + "'"));
        List<String> texts = new ArrayList<>();
        alike.forEach((reason, sites) ->
                texts.add((sites.size() == 1 ? "site " : "sites ") + String.join(", ", sites) + ": " + reason));
        return String.join("; ", texts);
    }
}
