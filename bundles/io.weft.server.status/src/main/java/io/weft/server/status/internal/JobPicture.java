package io.weft.server.status.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.server.daemon.ServerView;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the page shows of one job beyond its line: losses and bytes, which {@code metrics.jsonl} has from the first round on, and what
 * the sites are doing, which only the events of this process tell.
 */
final class JobPicture {

    private static final String METRICS = "metrics.jsonl";
    private static final int LONGEST_TEXT = 500;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String job;
    private final SortedMap<String, Site> sites = new TreeMap<>();
    private Losses training = new Losses();
    private Losses validation = new Losses();
    private Optional<LineTail> metrics = Optional.empty();
    private long known;

    /** One site in the job. */
    private static final class Site {
        private long up;
        private long down;
        private Optional<ObjectNode> progress = Optional.empty();
        private String doing = "";
        private String trouble = "";
    }

    /** Nothing yet of a job. */
    JobPicture(String job) {
        this.job = job;
    }

    /** Looks at what is new. */
    void look(ServerView server) throws IOException {
        boolean isNew = metrics.isEmpty();
        boolean more = true;
        while (more) {
            ServerView.Happened happened = server.happened(job, known);
            isNew |= !happened.events().isEmpty();
            for (String line : happened.events()) {
                parse(line).ifPresent(this::happened);
            }
            known = happened.last();
            more = happened.more();
            if (metrics.isEmpty()) {
                metrics = Optional.of(new LineTail(happened.folder().resolve(METRICS)));
            }
        }
        if (isNew) {
            // After the events: what they tell of is in the file by then.
            metrics.orElseThrow().read(this::forget, line -> parse(line).ifPresent(this::measured));
        }
    }

    private void forget() {
        training = new Losses();
        validation = new Losses();
        sites.values().forEach(site -> {
            site.up = 0;
            site.down = 0;
        });
    }

    private static Optional<JsonNode> parse(String line) {
        try {
            return Optional.of(JSON.readTree(line));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // A line that a killed process did not finish.
        }
    }

    private Site site(JsonNode of) {
        return sites.computeIfAbsent(shortened(of.path("site").asText()), name -> new Site());
    }

    private void happened(JsonNode event) {
        switch (event.path("event").asText()) {
            case "started" ->
                event.path("sites").forEach(name -> sites.computeIfAbsent(shortened(name.asText()), one -> new Site()));
            case "round-started" -> sites.values().forEach(site -> site.doing = "waits");
            case "progress" -> {
                Site site = site(event);
                site.doing = shortened(event.path("activity").asText());
                site.progress = Optional.of(progress(event));
            }
            case "site-done" -> {
                Site site = site(event);
                site.doing = shortened(event.path("task").asText()) + " done";
                site.progress = Optional.empty();
            }
            case "site-failed" -> trouble(event, "failed");
            case "late" -> trouble(event, "late");
            case "state" -> {
                if (!event.path("state").asText().equals("RUNNING")) {
                    sites.values().forEach(site -> {
                        site.doing = "";
                        site.progress = Optional.empty();
                    });
                }
            }
            default -> {} // The file has what the others tell.
        }
    }

    private static ObjectNode progress(JsonNode event) {
        ObjectNode progress = JSON.createObjectNode();
        progress.put("round", event.path("round").asInt());
        progress.put("done", event.path("done").asLong());
        progress.put("total", event.path("total").asLong());
        for (String value : new String[] {"loss", "tokensPerSecond"}) {
            JsonNode number = event.path("values").path(value);
            if (number.isNumber()) {
                progress.set(value, number);
            }
        }
        return progress;
    }

    private void trouble(JsonNode line, String what) {
        Site site = site(line);
        site.trouble = "round " + line.path("round").asInt() + ": " + what + ": "
                + shortened(line.path("reason").asText());
        site.doing = "";
        site.progress = Optional.empty();
    }

    private void measured(JsonNode line) {
        int round = line.path("round").asInt();
        switch (line.path("kind").asText()) {
            case "train" -> {
                if (line.path("loss").isNumber()) {
                    training.add(
                            shortened(line.path("site").asText()),
                            round,
                            line.path("loss").asDouble(),
                            line.path("tokens").asDouble());
                }
            }
            case "validate" -> {
                // The result is a round's model as it was written, and the only one that is measured of the last round.
                boolean isNews = !line.has("model") || round > validation.last();
                if (line.path("loss").isNumber() && isNews) {
                    double loss = line.path("loss").asDouble();
                    if (line.has("site")) {
                        validation.add(shortened(line.path("site").asText()), round, loss);
                    } else {
                        validation.add(round, loss);
                    }
                }
            }
            case "transfer" -> {
                Site site = site(line);
                long bytes = line.path("wireBytes").asLong();
                if (line.path("direction").asText().equals("up")) {
                    site.up += bytes;
                } else {
                    site.down += bytes;
                }
            }
            case "failed", "late" -> trouble(line, line.path("kind").asText());
            default -> {}
        }
    }

    /** As the page reads it. */
    String text() {
        ObjectNode picture = JSON.createObjectNode();
        picture.put("id", job);
        picture.put(
                "bytesUp", sites.values().stream().mapToLong(site -> site.up).sum());
        picture.put(
                "bytesDown",
                sites.values().stream().mapToLong(site -> site.down).sum());
        ArrayNode all = picture.putArray("sites");
        sites.forEach((name, site) -> {
            ObjectNode one = all.addObject();
            one.put("name", name);
            one.put("doing", site.doing);
            site.progress.ifPresent(progress -> one.set("progress", progress));
            one.put("trouble", site.trouble);
            one.put("bytesUp", site.up);
            one.put("bytesDown", site.down);
        });
        training.to(picture.putObject("training"));
        validation.to(picture.putObject("validation"));
        return picture.toString();
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + " …";
    }
}
