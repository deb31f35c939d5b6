package io.weft.simulate.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.job.DataSettings;
import io.weft.job.Job;
import io.weft.job.JobFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A small version of a job: two rounds of a few steps, with records from all over the datasets of two sites. The first round makes
 * kernels and caches; the second is what later rounds are like.
 *
 * @param job the small job
 * @param folder its sites' folders
 * @param validated how many records each of its sites validates on
 */
record Sample(Job job, Path folder, SortedMap<String, Long> validated) {

    /** The round that is measured, and the last. */
    static final int MEASURED = 2;

    private static final int SITES = 2;

    /** That each site trains in each round, where the job file describes steps. */
    static final int STEPS = 3;

    /** For validation, and for trainers whose steps the job file does not describe. */
    private static final int RECORDS = 24;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Writes the sites of a sample below a folder.
     *
     * @param base where the job's base lies
     */
    static Sample of(Job job, Path jobFile, Optional<Path> base, SortedMap<String, SiteFiles> sites, Path folder)
            throws IOException {
        List<String> names = sites.keySet().stream().limit(SITES).toList();
        SortedMap<String, Long> validated = new TreeMap<>();
        for (String name : names) {
            Path site = Files.createDirectories(folder.resolve(name));
            Job own = job.forSite(name);
            Optional<String> train = own.data().map(DataSettings::train);
            Optional<String> validate = own.data().flatMap(DataSettings::validate);
            if (train.isPresent()) {
                copy(train.get(), sites.get(name), site, trained(own));
            }
            if (validate.isPresent()) {
                validated.put(
                        name,
                        validate.equals(train) ? trained(own) : copy(validate.get(), sites.get(name), site, RECORDS));
            }
        }
        return new Sample(JobFile.parse(text(job, base, names), jobFile.toString()), folder, validated);
    }

    private static int trained(Job job) {
        return job.train()
                .map(train -> STEPS * train.batch() * train.accumulate())
                .orElse(RECORDS);
    }

    private static long copy(String dataset, SiteFiles from, Path to, int most) throws IOException {
        Optional<List<Path>> files = from.dataset(dataset);
        return files.isEmpty() ? 0 : new RecordLines(files.get().get(0)).spread(most, to.resolve(dataset + ".jsonl"));
    }

    /** The small job's file; JSON is YAML. */
    private static String text(Job job, Optional<Path> base, List<String> sites) {
        Map<String, Object> values = new LinkedHashMap<>(job.values());
        List.of("select", "compare", "track", "sites").forEach(values::remove);
        Map<String, Object> workflow = section(values, "workflow");
        workflow.remove("sites");
        workflow.remove("stop");
        workflow.put("rounds", MEASURED);
        if (base.isPresent()) {
            section(values, "model").put("base", base.get().toString());
        }
        if (values.containsKey("train")) {
            Map<String, Object> train = section(values, "train");
            if (!Integer.valueOf(0).equals(train.get("steps"))) {
                train.remove("epochs");
                train.put("steps", STEPS);
            }
        }
        Map<String, Object> overrides = new LinkedHashMap<>();
        for (String site : sites) {
            if (job.overrides().containsKey(site)) {
                overrides.put(site, withoutLength(job.overrides().get(site)));
            }
        }
        if (!overrides.isEmpty()) {
            values.put("sites", overrides);
        }
        try {
            return JSON.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a job file has only text, numbers, lists and mappings", e);
        }
    }

    private static Map<String, Object> withoutLength(Map<String, Object> sections) {
        Map<String, Object> kept = new LinkedHashMap<>(sections);
        if (kept.containsKey("train")) {
            Map<String, Object> train = section(kept, "train");
            train.remove("epochs");
            train.remove("steps");
        }
        return kept;
    }

    /** Puts a copy that can be changed in a section's place. */
    private static Map<String, Object> section(Map<String, Object> values, String key) {
        Map<String, Object> copy = new LinkedHashMap<>();
        ((Map<?, ?>) values.get(key)).forEach((name, value) -> copy.put((String) name, value));
        values.put(key, copy);
        return copy;
    }
}
