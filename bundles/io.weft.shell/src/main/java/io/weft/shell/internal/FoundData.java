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
import java.util.Collection;
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
 * @param validated the files that are validated on
 * @param unused files beside the one that is dealt to sites
 * @param train the name of the dataset that is trained on
 * @param validate the name of the dataset that is validated on
 */
record FoundData(
        List<String> sites,
        List<Path> files,
        List<Path> validated,
        List<Path> unused,
        String train,
        Optional<String> validate) {

    private static final String SUFFIX = ".jsonl";

    /** What a server takes for the name of a site. */
    private static final String SITE = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

    /** Of several files in a folder, the one of this name is trained on. */
    private static final String TRAIN = "train";

    private static final Pattern VALIDATION =
            Pattern.compile("(.*[-_.])?(eval|evaluation|validation|valid|val|dev|test)");

    /**
     * Looks for {@code sites/<site>/<dataset>.jsonl}, else for {@code *.jsonl} in the folder itself.
     *
     * @throws Refusal when there is neither, a site lacks what the others train on, or several files could be what is trained on
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
                sites.put(named(site), datasets(site));
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
        List<Path> validated = validate.stream()
                .flatMap(name -> sites.values().stream()
                        .filter(datasets -> datasets.containsKey(name))
                        .map(datasets -> datasets.get(name)))
                .toList();
        return new FoundData(List.copyOf(sites.keySet()), files, validated, List.of(), train, validate);
    }

    /** A folder's name is the site's. */
    private static String named(Path site) {
        String name = site.getFileName().toString();
        if (!name.matches(SITE)) {
            throw new Refusal(
                    site + " cannot be a site: letters, digits, '.', '_' and '-' are allowed in its name, 100 at"
                            + " most; rename the folder");
        }
        return name;
    }

    private static FoundData ofFile(Path folder) throws IOException {
        SortedMap<String, Path> datasets = datasets(folder);
        List<String> trained =
                datasets.keySet().stream().filter(name -> !isValidation(name)).toList();
        if (trained.isEmpty()) {
            throw nothingToTrainOn(folder, datasets);
        }
        if (trained.size() > 1 && !trained.contains(TRAIN)) {
            throw new Refusal(folder + " has several files to train on: " + String.join(", ", named(trained))
                    + "; when each is a site's, move them to sites/<site>/<dataset>" + SUFFIX
                    + ", when they are one dataset, join them or call one " + TRAIN + SUFFIX);
        }
        String train = trained.size() == 1 ? trained.get(0) : TRAIN;
        List<Path> unused = datasets.entrySet().stream()
                .filter(dataset -> !dataset.getKey().equals(train))
                .map(Map.Entry::getValue)
                .toList();
        // A simulation that deals a file holds records out under the second name.
        return new FoundData(
                List.of(), List.of(datasets.get(train)), List.of(), unused, train, Optional.of(train + "-eval"));
    }

    private static Refusal nothingToTrainOn(Path folder, Map<String, Path> datasets) throws IOException {
        if (!datasets.isEmpty()) {
            return new Refusal("by their names, all records in " + folder + " are for validation: "
                    + String.join(", ", named(datasets.keySet())) + "; rename what is to be trained on");
        }
        List<String> sites = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(Files::isDirectory).sorted().toList()) {
                if (!datasets(entry).isEmpty()) {
                    sites.add(NextSteps.quoted(entry.toString()));
                }
            }
        }
        String parent = NextSteps.quoted(folder.resolve("sites").toString());
        return new Refusal(
                sites.isEmpty()
                        ? "there are no records in " + folder + "; write them to sites/<site>/<dataset>" + SUFFIX
                                + ", or to one <dataset>" + SUFFIX + " that a simulation deals to sites"
                        : "the sites' folders must lie in one of their own; 'mkdir " + parent + " && mv "
                                + String.join(" ", sites) + " " + parent + "' puts them there");
    }

    private static List<String> named(Collection<String> datasets) {
        return datasets.stream().map(name -> name + SUFFIX).toList();
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
     * The template that makes records of most lines; none where most are records as they are.
     *
     * @throws Refusal when no line of a file is a record, whatever the template
     */
    Optional<String> template(Datasets datasets) throws IOException {
        Optional<String> best = Optional.empty();
        long most = records(datasets, best);
        for (String template : datasets.templates()) {
            long records = records(datasets, Optional.of(template));
            if (records > most) {
                most = records;
                best = Optional.of(template);
            }
        }
        // Every site needs records of its own, and the refusal names the file that has none.
        for (Path file : Stream.concat(files.stream(), validated.stream()).toList()) {
            datasets.describe(new DatasetRequest(List.of(file), best, OptionalInt.empty()), Optional.empty());
        }
        return best;
    }

    private long records(Datasets datasets, Optional<String> template) throws IOException {
        try {
            return datasets.describe(request(template), Optional.empty()).records();
        } catch (Refusal e) {
            return 0; // These records have other fields than the template's.
        }
    }

    /** All that is trained on, counted with the model's tokenizer. */
    DatasetDescription describe(Datasets datasets, Optional<String> template, Manifest model) throws IOException {
        return datasets.describe(request(template), Optional.of(model));
    }

    private DatasetRequest request(Optional<String> template) {
        return new DatasetRequest(files, template, OptionalInt.empty());
    }
}
