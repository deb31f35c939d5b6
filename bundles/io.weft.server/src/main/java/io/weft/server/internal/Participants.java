package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.training.TrainingSetup;
import io.weft.exchange.Message;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A job's sites as they got ready. */
final class Participants {

    private final SortedMap<String, RemoteSite> sites = new TreeMap<>();
    private final SortedMap<String, Message.Prepared> prepared;
    private final SortedMap<String, String> leftOut;

    /**
     * @param sites all that were asked to get ready
     * @param prepared those that did
     * @param leftOut why the others take no part
     */
    Participants(
            List<RemoteSite> sites, SortedMap<String, Message.Prepared> prepared, SortedMap<String, String> leftOut) {
        sites.stream()
                .filter(site -> prepared.containsKey(site.name()))
                .forEach(site -> this.sites.put(site.name(), site));
        this.prepared = new TreeMap<>(prepared);
        this.leftOut = new TreeMap<>(leftOut);
    }

    List<String> names() {
        return List.copyOf(sites.keySet());
    }

    /** The sites that have the validation dataset. */
    List<String> validating() {
        return prepared.entrySet().stream()
                .filter(entry -> entry.getValue().datasets().contains(TrainingSetup.VALIDATE))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Why sites that were asked take no part. */
    SortedMap<String, String> leftOut() {
        return new TreeMap<>(leftOut);
    }

    SortedMap<String, Message.Prepared> prepared() {
        return new TreeMap<>(prepared);
    }

    RemoteSite site(String name) {
        RemoteSite site = sites.get(name);
        if (site == null) {
            throw new Refusal("the workflow asks site '" + name + "', which is not in this job; there are: "
                    + String.join(", ", sites.keySet()));
        }
        return site;
    }
}
