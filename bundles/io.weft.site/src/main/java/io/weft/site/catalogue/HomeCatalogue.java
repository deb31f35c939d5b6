package io.weft.site.catalogue;

import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.Reference;
import io.weft.job.form.Tree;
import io.weft.job.form.YamlFile;
import io.weft.models.ModelCatalogue;
import io.weft.models.SharedModels;
import io.weft.site.Catalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a home says that its site has: {@code conf/datasets.yaml} and {@code conf/models.yaml}. Both are read whenever somebody asks, so
 * what is added needs no restart.
 */
@Component(service = HomeCatalogue.class)
public final class HomeCatalogue implements Catalogue {

    private static final Logger LOG = LoggerFactory.getLogger(HomeCatalogue.class);
    private static final String HOME = "weft.home";
    private static final Path DATASETS = Path.of("conf", "datasets.yaml");

    private static final YamlFile DATASETS_KIND =
            new YamlFile("catalogue of datasets", "catalogue", "dolly: {files: [records/*.jsonl]}", Optional.empty());

    private final Path home;
    private final ModelCatalogue models;

    @Activate
    public HomeCatalogue(BundleContext context) {
        this(Path.of(context.getProperty(HOME)));
    }

    private HomeCatalogue(Path home) {
        this.home = home.toAbsolutePath().normalize();
        this.models = ModelCatalogue.of(home);
    }

    /** That of a home. */
    public static HomeCatalogue of(Path home) {
        return new HomeCatalogue(home);
    }

    /** The reference of a dataset's keys, as a Markdown table. */
    public static String datasetTable() {
        return Reference.tables(CatalogueKeys.DATASET).get("");
    }

    /**
     * The datasets by name.
     *
     * @throws Refusal with file and line when the file is not right
     */
    public SortedMap<String, CatalogueDataset> allDatasets() {
        SortedMap<String, CatalogueDataset> datasets = new TreeMap<>();
        Tree.Mapping root = read(DATASETS_KIND, home.resolve(DATASETS));
        ((Map<?, ?>) CatalogueKeys.DATASETS.read("", root)).forEach((key, value) -> {
            String name = (String) key;
            Map<?, ?> entry = (Map<?, ?>) value;
            var dataset = new CatalogueDataset(
                    name,
                    ((List<?>) entry.get("files"))
                            .stream().map(String.class::cast).toList(),
                    (String) entry.get("format"),
                    Optional.ofNullable((String) entry.get("template")),
                    Optional.ofNullable((String) entry.get("split")),
                    root.placeOf(name));
            if (dataset.split().map(Split::of).filter(Split::isEmpty).isPresent()) {
                throw dataset.place()
                        .refuse(name + ".split is '" + dataset.split().get()
                                + "', which no record belongs to; give the smaller"
                                + " share first, such as '10%:90%'");
            }
            datasets.put(name, dataset);
        });
        return Collections.unmodifiableSortedMap(datasets);
    }

    private static Tree.Mapping read(YamlFile kind, Path file) {
        return Files.exists(file) ? kind.read(file) : kind.parse("", file.toString());
    }

    /** The name, which all sites know; where it lies is this site's own affair. */
    @Override
    public Optional<String> baseName(Job job) {
        return Optional.of(job.model().base());
    }

    /** The models that the home names. */
    public ModelCatalogue models() {
        return models;
    }

    @Override
    public boolean lacksBase(Job job) {
        return models.model(job.model().base()).isEmpty();
    }

    @Override
    public Optional<SharedModels> sharedModels() {
        return Optional.of(models.shared());
    }

    @Override
    public Optional<Path> base(Job job) {
        String name = job.model().base();
        Optional<Path> folder = models.model(name);
        if (folder.isEmpty() && !job.mayBringItsModel()) {
            throw job.refuse(models.missing(name), "model", "base");
        }
        return folder;
    }

    @Override
    public Optional<List<Path>> dataset(String name) {
        CatalogueDataset dataset = allDatasets().get(name);
        return dataset == null ? Optional.empty() : Optional.of(files(dataset));
    }

    /**
     * The files of a dataset, in the order of their names; of a share of records, a file of its own.
     *
     * @throws Refusal with the dataset's line when a path leads to no file
     */
    public List<Path> files(CatalogueDataset dataset) {
        List<Path> files = new ArrayList<>();
        for (String pattern : dataset.files()) {
            List<Path> found;
            try {
                found = FilePattern.of(home, pattern).files();
            } catch (IOException e) {
                throw dataset.place()
                        .refuse("'" + dataset.name() + "' names '" + pattern + "', which cannot be looked at ("
                                + e.getMessage() + ")");
            }
            if (found.isEmpty()) {
                throw dataset.place()
                        .refuse("'" + dataset.name() + "' names '" + pattern + "', and there is no such file"
                                + (Path.of(pattern.replaceAll("[*?\\[{].*", "")).isAbsolute() ? "" : " in " + home)
                                + "; put it there, or change the line");
            }
            found.stream().filter(file -> !files.contains(file)).forEach(files::add);
        }
        if (dataset.split().isEmpty()) {
            return files;
        }
        try {
            return List.of(new SplitFiles(home)
                    .of(dataset.name(), files, Split.of(dataset.split().get())));
        } catch (IOException e) {
            throw dataset.place()
                    .refuse("the records of '" + dataset.name() + "' cannot be split (" + e.getMessage() + ")");
        }
    }

    @Override
    public Optional<String> template(String dataset) {
        return Optional.ofNullable(allDatasets().get(dataset)).flatMap(CatalogueDataset::template);
    }

    @Override
    public String withoutPaths(String text) {
        return text.indexOf('/') < 0 ? text : new LocalPaths(home, folders()).removedFrom(text);
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        try {
            allDatasets().values().forEach(dataset -> dataset.files().stream()
                    .map(pattern -> FilePattern.of(home, pattern))
                    .forEach(pattern -> folders.add(pattern.folder())));
            models.all().values().forEach(model -> folders.add(model.folder().getParent()));
        } catch (Refusal e) {
            LOG.debug("the text is about a catalogue that cannot be read", e);
        }
        folders.removeIf(folder -> folder.getNameCount() == 0 || home.startsWith(folder));
        return folders;
    }

    @Override
    public List<String> datasets() {
        return List.copyOf(allDatasets().keySet());
    }
}
