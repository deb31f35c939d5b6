package io.weft.job;

import io.weft.api.plugin.Refusal;
import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.Place;
import io.weft.job.form.Tree;
import io.weft.job.internal.CoreKeys;
import io.weft.job.internal.OptionKeys;
import io.weft.job.internal.OptionValues;
import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A section of the job file that names a plugin and holds that plugin's options beside the core's own keys. */
public final class Section {

    private final String key;
    private final String type;
    private final Tree.Mapping mapping;
    private final Form core;

    Section(String key, String type, Tree.Mapping mapping, Form core) {
        this.key = key;
        this.type = type;
        this.mapping = mapping;
        this.core = core;
    }

    /**
     * The filters of a list, in the job file or in another one. Each has a key of its own, such as {@code filters.clip}.
     *
     * @param list the list's key
     * @throws Refusal with file and line when one has no name, or one name stands there twice
     */
    public static List<Section> filters(String list, List<Tree.Mapping> filters) {
        List<Section> sections = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Tree.Mapping filter : filters) {
            String type = (String) CoreKeys.FILTER.form().read(list, filter).get("type");
            if (!names.add(type)) {
                throw filter.place().refuse(list + " names '" + type + "' twice; once is enough");
            }
            sections.add(new Section(list + "." + type, type, filter, CoreKeys.FILTER.form()));
        }
        return List.copyOf(sections);
    }

    /** What stands in the section, as a line. */
    public String text() {
        return key + " " + mapping.plain();
    }

    /** The section's key in the job file, such as {@code strategy}. */
    public String key() {
        return key;
    }

    /** The name of the plugin. */
    public String type() {
        return type;
    }

    /** File and line of the section, as error messages begin with them. */
    public String where() {
        return mapping.place().toString();
    }

    /** An error that begins with file and line of the section. */
    public Refusal refuse(String message) {
        return mapping.place().refuse(message);
    }

    /** An error that begins with file and line of an option, or of the section where that is not given, and names the option. */
    public Refusal refuse(String option, String message) {
        Place place = mapping.entries().containsKey(option) ? mapping.placeOf(option) : mapping.place();
        return place.refuse(key + "." + option + ": " + message);
    }

    /**
     * The plugin's options, with the defaults that their declaration gives.
     *
     * @throws Refusal with file and line when a key is unknown, missing, of the wrong type or out of range
     */
    public <A extends Annotation> A options(Class<A> options) {
        return OptionValues.bind(options, read(options));
    }

    /**
     * Checks the plugin's options.
     *
     * @throws Refusal with file and line when a key is unknown, missing, of the wrong type or out of range
     */
    public void check(Class<? extends Annotation> options) {
        read(options);
    }

    private Map<String, Object> read(Class<? extends Annotation> options) {
        List<Key> all = new ArrayList<>(core.keys());
        all.addAll(OptionKeys.of(options));
        var values = new LinkedHashMap<>(new Form(all, false).read(key, mapping));
        core.keys().forEach(own -> values.remove(own.name()));
        return values;
    }
}
