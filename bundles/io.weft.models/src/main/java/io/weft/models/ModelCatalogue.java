package io.weft.models;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import io.weft.job.Reference;
import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.Tree;
import io.weft.job.form.ValueType.Named;
import io.weft.job.form.ValueType.Section;
import io.weft.job.form.ValueType.Text;
import io.weft.job.form.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The models that a home names in {@code conf/models.yaml}. The file is read whenever somebody asks, so what is added needs no restart.
 */
@Component(service = ModelCatalogue.class)
public final class ModelCatalogue {

    private static final String HOME = "weft.home";
    private static final Path FILE = Path.of("conf", "models.yaml");

    /** What a model is called that is one file. */
    private static final String WEIGHTS = ".safetensors";

    private static final YamlFile KIND = new YamlFile(
            "catalogue of models", "catalogue", "smollm2: {folder: models/SmolLM2-135M}", Optional.empty());

    private static final Form ENTRY = Form.of(
            Key.required(
                    "folder",
                    Text.ANY,
                    "Where it lies: a checkpoint's folder, or the safetensors file of a job whose backend is weights; a relative path starts at the home."));

    private static final String NAME_FORM =
            "a name of letters, digits, '.', '_', '-' and '/', beginning with a letter or a digit";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,95}");

    private static final Named MODELS = new Named(new Text(NAME_FORM, NAME), new Section(ENTRY, Optional.empty()));

    private final Path home;

    @Activate
    public ModelCatalogue(BundleContext context) {
        this(Path.of(context.getProperty(HOME)));
    }

    private ModelCatalogue(Path home) {
        this.home = home.toAbsolutePath().normalize();
    }

    /** That of a home. */
    public static ModelCatalogue of(Path home) {
        return new ModelCatalogue(home);
    }

    /** What is wrong with a job's base that no catalogue can name, such as a path that leads out of a folder; empty for a name. */
    public static Optional<String> noName(String base) {
        return NAME.matcher(base).matches()
                ? Optional.empty()
                : Optional.of(
                        "model.base is '" + base + "', which no site's conf/models.yaml can name; a path holds for"
                                + " 'weft simulate' alone: give the name that the base has at the sites, " + NAME_FORM);
    }

    /** The reference of a model's keys, as a Markdown table. */
    public static String table() {
        return Reference.tables(ENTRY).get("");
    }

    /**
     * The models by name.
     *
     * @throws Refusal with file and line when the file is not right
     */
    public SortedMap<String, CatalogueModel> all() {
        SortedMap<String, CatalogueModel> models = new TreeMap<>();
        Path file = file();
        Tree.Mapping root = Files.exists(file) ? KIND.read(file) : KIND.parse("", file.toString());
        ((Map<?, ?>) MODELS.read("", root)).forEach((key, value) -> {
            String name = (String) key;
            String folder = (String) ((Map<?, ?>) value).get("folder");
            models.put(name, new CatalogueModel(name, home.resolve(folder).normalize(), root.placeOf(name)));
        });
        return Collections.unmodifiableSortedMap(models);
    }

    /** The names of all models. */
    public List<String> names() {
        return List.copyOf(all().keySet());
    }

    /** The file that names them. */
    public Path file() {
        return home.resolve(FILE);
    }

    /** Those that came from a server. */
    public SharedModels shared() {
        return SharedModels.of(home);
    }

    /**
     * The folder of a model, or its one file of weights; empty when there is none of that name.
     *
     * @throws Refusal when the name is there and the model is not
     */
    public Optional<Path> model(String name) {
        CatalogueModel model = all().get(name);
        if (model == null) {
            return Optional.empty();
        }
        boolean weights = model.folder().toString().endsWith(WEIGHTS) && Files.isRegularFile(model.folder());
        if (!weights && !Files.isDirectory(model.folder())) {
            throw model.place()
                    .refuse("'" + name + "' is " + model.folder()
                            + ", which is neither a folder nor a *" + WEIGHTS
                            + " file; put the model there, or change the line");
        }
        return Optional.of(model.folder());
    }

    /**
     * The content hash of a model: taken once, and again when a file of it changed.
     *
     * @throws Refusal when there is no such model
     */
    public String digest(String name) throws IOException {
        Path folder = model(name).orElseThrow(() -> new Refusal(missing(name)));
        return new KeptDigests(home).of(folder);
    }

    /** That there is no model of that name, which there are, and what to do. */
    public String missing(String name) {
        List<String> known = names();
        return "there is no base '" + name + "' in " + file()
                + (known.isEmpty() ? "" : " (there are: " + String.join(", ", known) + ")")
                + "; add '" + name + ": {folder: PATH}' there, name one that all sites have, or have the"
                + " job share the server's (model.share: true)" + Nearest.hint(name, known);
    }
}
