package io.weft.server.daemon.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sites of a project, as far as the server knows them: those that its kit names, and those that have joined since, which it keeps
 * in a file.
 */
final class KnownSites {

    private static final Logger LOG = LoggerFactory.getLogger(KnownSites.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Clock clock;
    private final SortedMap<String, String> organisations = new TreeMap<>();
    private final Map<String, Presence> presence = new TreeMap<>();
    private final Path outFile;
    private final SortedSet<String> out = new TreeSet<>();

    /**
     * Whether a site is connected.
     *
     * @param since when that began
     */
    record Presence(boolean connected, Instant since) {}

    /**
     * Reads those that have joined.
     *
     * @param named by the kit, with their organisations
     */
    KnownSites(Path file, Map<String, String> named, Clock clock) throws IOException {
        this.file = file;
        this.clock = clock;
        this.outFile = file.resolveSibling("sites-out.json");
        if (Files.exists(outFile)) {
            JSON.readTree(Files.readAllBytes(outFile)).forEach(name -> out.add(name.asText()));
        }
        if (Files.exists(file)) {
            for (Map.Entry<String, JsonNode> field :
                    JSON.readTree(Files.readAllBytes(file)).properties()) {
                organisations.put(field.getKey(), field.getValue().asText());
            }
        }
        organisations.putAll(named);
    }

    /** By name. */
    synchronized List<String> names() {
        return List.copyOf(organisations.keySet());
    }

    /**
     * Passes a name that is a site's.
     *
     * @throws Refusal when it is none; names those there are
     */
    void require(String name) {
        List<String> names = names();
        if (!names.contains(name)) {
            throw new Refusal("there is no site '" + name + "' in this project; there are: " + String.join(", ", names)
                    + Nearest.hint(name, names));
        }
    }

    /** Those that take part in jobs that begin, by name. */
    synchronized List<String> takingPart() {
        return organisations.keySet().stream()
                .filter(site -> !out.contains(site))
                .toList();
    }

    /** Those that were taken out, by name. */
    synchronized List<String> out() {
        return List.copyOf(out);
    }

    /** Takes a site out of the jobs that begin, or back in; that is on disk when this returns. */
    synchronized void set(String site, boolean takesPart) throws IOException {
        SortedSet<String> next = new TreeSet<>(out);
        if (takesPart ? next.remove(site) : next.add(site)) {
            Durable.write(outFile, JSON.writeValueAsBytes(next));
            out.clear();
            out.addAll(next);
        }
    }

    synchronized String organisation(String site) {
        return organisations.getOrDefault(site, "");
    }

    /** Whether a site is connected; empty when it has not been heard of since the start. */
    synchronized Optional<Presence> presence(String site) {
        return Optional.ofNullable(presence.get(site));
    }

    /** A site has joined. */
    void joined(String site, String organisation) {
        synchronized (this) {
            if (organisation.equals(organisations.put(site, organisation))) {
                return;
            }
            ObjectNode object = JSON.createObjectNode();
            organisations.forEach(object::put);
            try {
                Durable.write(file, JSON.writeValueAsBytes(object));
            } catch (IOException e) {
                LOG.warn("that site {} has joined is not on disk", site, e);
            }
        }
    }

    /** These are connected now. */
    synchronized void connected(List<String> sites) {
        for (String site : organisations.keySet()) {
            boolean is = sites.contains(site);
            boolean was = presence(site).map(Presence::connected).orElse(false);
            if (is != was) {
                presence.put(site, new Presence(is, clock.instant()));
            }
        }
    }
}
