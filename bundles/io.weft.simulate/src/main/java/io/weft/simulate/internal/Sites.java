package io.weft.simulate.internal;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.simulate.SimulationRequest;
import io.weft.simulate.SiteData;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds the sites of a simulation, and the datasets that each of them has. */
final class Sites {

    /** Where the records that were dealt to sites lie, in the run's work folder. */
    static final String DEALT = "split";

    private static final String DATASET = ".jsonl";

    private Sites() {}

    static SortedMap<String, SiteFiles> of(SimulationRequest request, Optional<Path> base, Path work)
            throws IOException {
        SortedMap<String, SiteFiles> sites = new TreeMap<>();
        if (request.sites() instanceof SiteData.Folders folders) {
            for (Path folder : folders(folders.folder())) {
                sites.put(folder.getFileName().toString(), new SiteFiles(base, absolute(folder), datasets(folder)));
            }
        } else if (request.sites() instanceof SiteData.Alone alone) {
            Path folder = alone.folder().resolve(alone.site());
            sites.put(alone.site(), new SiteFiles(base, absolute(folder), datasets(folder)));
        } else if (request.sites() instanceof SiteData.Split split) {
            for (Path folder : folders(dealt(request.job(), split, work))) {
                sites.put(folder.getFileName().toString(), new SiteFiles(base, absolute(folder), datasets(folder)));
            }
        }
        refuseNamesThatDifferInCase(sites.keySet());
        refuseUnknownOverrides(request.job(), sites);
        useOwnBases(request, sites);
        refuseTooFew(request.job(), sites);
        return sites;
    }

    /** Dealt once for all sittings of a job. */
    private static Path dealt(Job job, SiteData.Split split, Path work) throws IOException {
        Path dealt = work.resolve(DEALT);
        if (!Files.exists(dealt)) {
            Path partial = Durable.beside(dealt);
            new Deal(job, split).into(partial);
            Durable.rename(partial, dealt);
        }
        return dealt;
    }

    private static Optional<Path> absolute(Path folder) {
        return Optional.of(folder.toAbsolutePath().normalize());
    }

    private static Iterable<Path> folders(Path parent) throws IOException {
        if (!Files.isDirectory(parent)) {
            throw new Refusal("there is no folder " + parent + " with the sites' folders in it; give --sites DIR, or"
                    + " --split FILE:N to deal one file to N sites");
        }
        try (Stream<Path> entries = Files.list(parent)) {
            var folders = entries.filter(Files::isDirectory)
                    .filter(folder -> !folder.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
            if (folders.isEmpty()) {
                throw new Refusal(
                        parent + " has no folder in it; each site is one, with its datasets as <name>" + DATASET);
            }
            for (Path folder : folders) {
                if (!folder.getFileName().toString().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
                    throw new Refusal(
                            "the name of the folder " + folder + " is none for a site: a to z, A to Z, digits,"
                                    + " '.', '_' and '-' are allowed, 100 at most, the first one a letter or a digit; rename the"
                                    + " folder");
                }
            }
            return folders;
        }
    }

    private static SortedMap<String, Path> datasets(Path folder) throws IOException {
        SortedMap<String, Path> datasets = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(file -> file.getFileName().toString().endsWith(DATASET))
                    .forEach(file -> {
                        String name = file.getFileName().toString();
                        datasets.put(name.substring(0, name.length() - DATASET.length()), file);
                    });
        }
        return datasets;
    }

    /** On some file systems they would be one folder, and for most people they are one name. */
    private static void refuseNamesThatDifferInCase(Collection<String> sites) {
        Map<String, String> seen = new HashMap<>();
        for (String site : sites) {
            String other = seen.put(site.toLowerCase(Locale.ROOT), site);
            if (other != null) {
                throw new Refusal("the sites '" + other + "' and '" + site
                        + "' differ in upper and lower case only; rename the folder of one of them");
            }
        }
    }

    private static void refuseUnknownOverrides(Job job, SortedMap<String, SiteFiles> sites) {
        for (String site : job.overrides().keySet()) {
            if (!sites.containsKey(site)) {
                throw job.refuse(
                        "there is no site '" + site + "'; there are: " + String.join(", ", sites.keySet())
                                + Nearest.hint(site, sites.keySet()),
                        "sites",
                        site);
            }
        }
    }

    /** A site for which the job file names another base has that one. */
    private static void useOwnBases(SimulationRequest request, SortedMap<String, SiteFiles> sites) throws IOException {
        for (String site : request.job().overrides().keySet()) {
            Job own = request.job().forSite(site);
            if (!own.model().base().equals(request.job().model().base())) {
                sites.replace(site, sites.get(site).on(new Bases(request, own).base()));
            }
        }
    }

    private static void refuseTooFew(Job job, SortedMap<String, SiteFiles> sites) {
        int wanted = job.workflow().minSites().orElse(1);
        if (sites.size() < wanted) {
            throw job.refuse(
                    "the job wants " + wanted + " sites at least and there are " + sites.size() + ": "
                            + String.join(", ", sites.keySet()),
                    "workflow",
                    "sites",
                    "min");
        }
    }
}
