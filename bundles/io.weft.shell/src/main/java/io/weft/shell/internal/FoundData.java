package io.weft.shell.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Manifest;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Records that a job can be written for: datasets of sites, or one file that a simulation deals to sites.
 *
 * @param sites the folder of each site; empty when there is one file
 * @param files what is trained on
 * @param train the name of the dataset that is trained on
 * @param validate the name of the dataset that is validated on
 */
record FoundData(List<String> sites, List<Path> files, String train, Optional<String> validate) {

    private static final String SUFFIX = ".jsonl";
    private static final Pattern VALIDATION =
            Pattern.compile("(.*[-_.])?(eval|evaluation|validation|valid|val|dev|test)");

    /**
     * Looks for {@code sites/<site>/<dataset>.jsonl}, else for {@code *.jsonl} in the folder itself.
     *
     * @throws Refusal when there is neither, or a site lacks what the others train on
     */
    static FoundData in(Path folder) throws IOException {
        Path sites = folder.resolve("sites");
        return Files.isDirectory(sites) ? ofSites(sites) : ofFile(folder);
    }

    private static FoundData ofSites(Path parent) throws IOException {
        SortedMap<String, SortedMap<String, Path>> sites = new TreeMap<>();
        try (Stream<Path> entries = Files.list(parent)) {
            for (Path site : entries.filter(Files::isDirectory)
                    .filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .toList()) {
                sites.put(site.getFileName().toString(), datasets(site));
            }
        }
        SortedMap<String, Integer> holders = new TreeMap<>();
        sites.values().forEach(datasets -> datasets.keySet().forEach(name -> holders.merge(name, 1, Integer::sum)));
        String train = mostHeld(holders, name -> !isValidation(name))
                .orElseThrow(() -> new Refusal("the folders in " + parent
                        + " have no dataset to train on; write each site's records to <site>/<dataset>" + SUFFIX));
        List<Path> files = new ArrayList<>();
        sites.forEach((site, datasets) -> {
            if (!datasets.containsKey(train)) {
                throw new Refusal(
                        parent.resolve(site) + " has no " + train + SUFFIX + ", which other sites have (found: "
                                + (datasets.isEmpty() ? "nothing" : String.join(", ", datasets.keySet()))
                                + "); give every site the dataset under one name, or move the folder away");
            }
            files.add(datasets.get(train));
        });
        Optional<String> validate = mostHeld(holders, name -> isValidation(name) && name.startsWith(train))
                .or(() -> mostHeld(holders, FoundData::isValidation));
        return new FoundData(List.copyOf(sites.keySet()), files, train, validate);
    }

    private static FoundData ofFile(Path folder) throws IOException {
        SortedMap<String, Path> datasets = datasets(folder);
        Map.Entry<String, Path> largest = null;
        for (Map.Entry<String, Path> dataset : datasets.entrySet()) {
            if (!isValidation(dataset.getKey())
                    && (largest == null || Files.size(dataset.getValue()) > Files.size(largest.getValue()))) {
                largest = dataset;
            }
        }
        if (largest == null) {
            throw new Refusal("there are no records in " + folder + "; write them to sites/<site>/<dataset>" + SUFFIX
                    + ", or to one <dataset>" + SUFFIX + " that a simulation deals to sites");
        }
        String train = largest.getKey();
        // A simulation that deals a file holds records out under the second name.
        return new FoundData(List.of(), List.of(largest.getValue()), train, Optional.of(train + "-eval"));
    }

    private static Optional<String> mostHeld(SortedMap<String, Integer> holders, Predicate<String> wanted) {
        return holders.entrySet().stream()
                .filter(entry -> wanted.test(entry.getKey()))
                .max(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .map(Map.Entry::getKey);
    }

    private static boolean isValidation(String name) {
        return VALIDATION.matcher(name).matches();
    }

    private static SortedMap<String, Path> datasets(Path folder) throws IOException {
        SortedMap<String, Path> datasets = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .forEach(file -> {
                        String name = file.getFileName().toString();
                        datasets.put(name.substring(0, name.length() - SUFFIX.length()), file);
                    });
        }
        return datasets;
    }

    /**
     * The template that makes records of most lines; none where they are records as they are.
     *
     * @throws Refusal when no line is a record, whatever the template
     */
    Optional<String> template(Datasets datasets) throws IOException {
        Refusal plain;
        try {
            datasets.describe(request(Optional.empty(), OptionalInt.empty()), Optional.empty());
            return Optional.empty();
        } catch (Refusal e) {
            plain = e;
        }
        Optional<String> best = Optional.empty();
        long most = 0;
        for (String template : datasets.templates()) {
            long records = records(datasets, template);
            if (records > most) {
                most = records;
                best = Optional.of(template);
            }
        }
        if (best.isEmpty()) {
            throw plain;
        }
        return best;
    }

    private long records(Datasets datasets, String template) throws IOException {
        try {
            return datasets.describe(request(Optional.of(template), OptionalInt.empty()), Optional.empty())
                    .records();
        } catch (Refusal e) {
            return 0; // These records have other fields than the template's.
        }
    }

    /** All that is trained on, counted with the model's tokenizer. */
    DatasetDescription describe(Datasets datasets, Optional<String> template, Manifest model) throws IOException {
        return datasets.describe(request(template, OptionalInt.empty()), Optional.of(model));
    }

    private DatasetRequest request(Optional<String> template, OptionalInt maxLength) {
        return new DatasetRequest(files, template, maxLength);
    }
}
