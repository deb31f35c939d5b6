package io.weft.site;

import io.weft.job.DataSettings;
import io.weft.job.Job;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which template a job's records have at a site: the job's own, else that of the site's datasets. */
final class Templates {

    private static final String DATA = "data";
    private static final String TEMPLATE = "template";

    private Templates() {}

    /**
     * The job's values with the template of its datasets where it names none.
     *
     * @throws io.weft.api.plugin.Refusal when its datasets have different ones
     */
    static Map<String, Object> applied(Job job, Catalogue catalogue) {
        Optional<DataSettings> data =
                job.data().filter(settings -> settings.template().isEmpty());
        if (data.isEmpty()) {
            return job.values();
        }
        Set<String> templates = new TreeSet<>();
        catalogue.template(data.get().train()).ifPresent(templates::add);
        data.get().validate().flatMap(catalogue::template).ifPresent(templates::add);
        if (templates.size() > 1) {
            throw job.refuse(
                    "the datasets of the job have different templates at this site: " + String.join(", ", templates)
                            + "; name one with data.template",
                    DATA);
        }
        return templates.isEmpty()
                ? job.values()
                : with(job, templates.iterator().next());
    }

    private static Map<String, Object> with(Job job, String template) {
        var section = new LinkedHashMap<String, Object>();
        ((Map<?, ?>) job.values().get(DATA)).forEach((key, value) -> section.put((String) key, value));
        section.put(TEMPLATE, template);
        var values = new LinkedHashMap<>(job.values());
        values.put(DATA, section);
        return values;
    }
}
