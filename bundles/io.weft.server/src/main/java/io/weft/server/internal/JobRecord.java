package io.weft.server.internal;

import io.weft.server.JobRequest;
import io.weft.server.JobState;
import io.weft.server.JobSummary;
import io.weft.server.StoredJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The first event of a job's log, from which it is resumed, and what its folder says of its end. */
public final class JobRecord {

    private static final String SITES = "sites";
    private static final String TAKING_PART = "takingPart";
    private static final String BASE = "base";
    private static final String ORIGIN = "origin";
    private static final String TEXT = "jobFile";

    private JobRecord() {}

    /** The fields of the first event. */
    static Map<String, Object> describe(JobRequest request, Readiness ready) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("version", Chain.VERSION);
        details.put("job", request.id());
        details.put(SITES, request.sites());
        details.put(TAKING_PART, List.copyOf(ready.prepared().keySet()));
        details.put(BASE, ready.manifest().baseDigest());
        details.put(ORIGIN, request.origin());
        details.put(TEXT, request.job().text());
        return details;
    }

    /** The digest of the base with which the job began. */
    static String base(Chain chain) {
        return Steps.text(chain.begun(), BASE);
    }

    /** The sites that got ready when the job began. */
    static List<String> takingPart(Chain chain) {
        return names(chain, TAKING_PART);
    }

    private static List<String> names(Chain chain, String key) {
        List<?> names = (List<?>) chain.begun().get(key);
        return names.stream().map(String.class::cast).toList();
    }

    /** Reads the job that a folder has. */
    public static StoredJob read(Path place) throws IOException {
        JobFolder folder = new JobFolder(place);
        Chain chain = Chain.read(folder.events());
        SortedMap<String, String> origin = new TreeMap<>();
        Steps.map(chain.begun(), ORIGIN).forEach((key, value) -> origin.put((String) key, (String) value));
        JobState state = JobState.SUBMITTED;
        for (Map<?, ?> event : chain.events()) {
            if (Standing.EVENT.equals(event.get("event"))) {
                state = JobState.valueOf(Steps.text(event, "state"));
            }
        }
        Optional<JobSummary> summary = state.ended() && Files.exists(folder.summary())
                ? Optional.of(Steps.summary(JobFolder.read(folder.summary())))
                : Optional.empty();
        return new StoredJob(
                Steps.text(chain.begun(), "job"),
                place,
                Steps.text(chain.begun(), TEXT),
                names(chain, SITES),
                origin,
                state,
                summary);
    }

    /** The state that is written down for people. */
    public static Optional<JobState> glimpse(Path place) {
        try {
            return Optional.of(JobState.valueOf(Steps.text(JobFolder.read(new JobFolder(place).state()), "state")));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
