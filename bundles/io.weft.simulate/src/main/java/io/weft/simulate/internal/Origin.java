package io.weft.simulate.internal;

import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.server.StoredJob;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SiteData;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a run came from, as a job keeps it: all paths are absolute, so that it can go on from any folder.
 *
 * @param base the folder of the base, as it was found when the run began
 * @param work for what sites keep while the job runs
 * @param splitDigest the SHA-256 of the file that was dealt to the sites; empty text when none was
 * @param records the SHA-256 of every file of records that the job names, by site and dataset
 */
record Origin(
        SimulationRequest request,
        Optional<Path> base,
        Path work,
        String splitDigest,
        SortedMap<String, String> records) {

    private static final String JOB = "job";
    private static final String HOME = "home";
    private static final String WORK = "work";
    private static final String BASE = "base";
    private static final String PARALLEL = "parallel";
    private static final String FOLDERS = "sites";
    private static final String SPLIT = "split";
    private static final String SPLIT_SITES = "splitSites";
    private static final String SPLIT_ALPHA = "splitAlpha";
    private static final String SPLIT_DIGEST = "splitDigest";
    private static final String ALONE = "alone";

    /** Before a site and a dataset, as in {@code records/north/words}. */
    private static final String RECORDS = "records/";

    static Origin of(SimulationRequest request, Optional<Path> base, Path work, SortedMap<String, SiteFiles> sites)
            throws IOException {
        if (request.sites() instanceof SiteData.Split split) {
            // What was dealt is the run's own.
            return new Origin(
                    request, base, work, Digests.of(Files.readAllBytes(split.file())), Collections.emptySortedMap());
        }
        return new Origin(request, base, work, "", digests(request.job(), sites));
    }

    private static SortedMap<String, String> digests(Job job, SortedMap<String, SiteFiles> sites) throws IOException {
        SortedMap<String, String> digests = new TreeMap<>();
        for (Map.Entry<String, SiteFiles> site : sites.entrySet()) {
            for (Map.Entry<String, Path> file :
                    named(job.forSite(site.getKey()), site.getValue()).entrySet()) {
                digests.put(site.getKey() + "/" + file.getKey(), Digests.of(file.getValue()));
            }
        }
        return digests;
    }

    /** The files of the datasets that a job names, as far as they are there. */
    private static SortedMap<String, Path> named(Job job, SiteFiles site) {
        SortedMap<String, Path> files = new TreeMap<>(site.files());
        Set<String> names = new HashSet<>();
        job.data().ifPresent(data -> {
            names.add(data.train());
            data.validate().ifPresent(names::add);
        });
        files.keySet().retainAll(names);
        return files;
    }

    /** Every file of records must be what it was when the run began, or the run would not come to what it would have. */
    void checkRecords(SortedMap<String, SiteFiles> sites) throws IOException {
        SortedMap<String, String> now = digests(request.job(), sites);
        List<String> changed = records.entrySet().stream()
                .filter(file -> !file.getValue().equals(now.get(file.getKey())))
                .map(file -> file.getKey() + ".jsonl")
                .toList();
        if (!changed.isEmpty()) {
            throw new Refusal("records were changed since the run began: " + String.join(", ", changed)
                    + "; put the former " + (changed.size() == 1 ? "file" : "files")
                    + " back, or start the job anew");
        }
    }

    SortedMap<String, String> fields() {
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put(JOB, absolute(request.jobFile()));
        fields.put(HOME, absolute(request.home()));
        fields.put(WORK, absolute(work));
        base.ifPresent(folder -> fields.put(BASE, absolute(folder)));
        request.parallel().ifPresent(sites -> fields.put(PARALLEL, Integer.toString(sites)));
        if (request.sites() instanceof SiteData.Folders folders) {
            fields.put(FOLDERS, absolute(folders.folder()));
        } else if (request.sites() instanceof SiteData.Alone alone) {
            fields.put(FOLDERS, absolute(alone.folder()));
            fields.put(ALONE, alone.site());
        } else if (request.sites() instanceof SiteData.Split split) {
            fields.put(SPLIT, absolute(split.file()));
            fields.put(SPLIT_SITES, Integer.toString(split.sites()));
            split.alpha().ifPresent(alpha -> fields.put(SPLIT_ALPHA, Double.toString(alpha)));
            fields.put(SPLIT_DIGEST, splitDigest);
        }
        records.forEach((file, digest) -> fields.put(RECORDS + file, digest));
        return fields;
    }

    /** Reads what a stored job keeps. */
    static Origin of(StoredJob stored) {
        SortedMap<String, String> fields = stored.origin();
        if (!fields.containsKey(WORK)) {
            throw new Refusal("job " + stored.id() + " in " + stored.folder()
                    + " was not begun by 'weft simulate'; only such jobs are resumed here");
        }
        FileSystem files = stored.folder().getFileSystem();
        Path file = files.getPath(fields.get(JOB));
        Optional<String> alone = Optional.ofNullable(fields.get(ALONE));
        Job whole = JobFile.parse(stored.text(), file.toString());
        SimulationRequest request = new SimulationRequest(
                alone.map(whole::alone).orElse(whole),
                file,
                sites(files, fields, alone),
                Optional.of(stored.folder()),
                files.getPath(fields.get(HOME)),
                fields.containsKey(PARALLEL)
                        ? OptionalInt.of(Integer.parseInt(fields.get(PARALLEL)))
                        : OptionalInt.empty());
        return new Origin(
                request,
                Optional.ofNullable(fields.get(BASE)).map(base -> files.getPath(base)),
                files.getPath(fields.get(WORK)),
                fields.getOrDefault(SPLIT_DIGEST, ""),
                records(fields));
    }

    private static SortedMap<String, String> records(SortedMap<String, String> fields) {
        SortedMap<String, String> records = new TreeMap<>();
        fields.forEach((key, digest) -> {
            if (key.startsWith(RECORDS)) {
                records.put(key.substring(RECORDS.length()), digest);
            }
        });
        return records;
    }

    /** The same for a request that differs in how many sites work at a time, which changes no byte. */
    Origin with(SimulationRequest again) {
        return new Origin(again, base, work, splitDigest, records);
    }

    private static SiteData sites(FileSystem files, SortedMap<String, String> fields, Optional<String> alone) {
        if (fields.containsKey(SPLIT)) {
            return new SiteData.Split(
                    files.getPath(fields.get(SPLIT)),
                    Integer.parseInt(fields.get(SPLIT_SITES)),
                    fields.containsKey(SPLIT_ALPHA)
                            ? OptionalDouble.of(Double.parseDouble(fields.get(SPLIT_ALPHA)))
                            : OptionalDouble.empty());
        }
        Path folder = files.getPath(fields.get(FOLDERS));
        return alone.isPresent() ? new SiteData.Alone(folder, alone.get()) : new SiteData.Folders(folder);
    }

    /** The base must be where it was, and a file that is dealt anew must be the one that was dealt. */
    void check(boolean dealsAgain) throws IOException {
        if (base.isPresent() && !Files.exists(base.get())) {
            throw new Refusal("the run began with the base " + base.get() + ", which is not there now; put it back");
        }
        if (dealsAgain && request.sites() instanceof SiteData.Split split) {
            if (!Files.isRegularFile(split.file())) {
                throw new Refusal("the run dealt out " + split.file() + ", which is not there now; put it back");
            }
            if (!Digests.of(Files.readAllBytes(split.file())).equals(splitDigest)) {
                throw new Refusal("the run dealt out " + split.file()
                        + ", which was changed since; put the former file back, or start the job anew");
            }
        }
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
