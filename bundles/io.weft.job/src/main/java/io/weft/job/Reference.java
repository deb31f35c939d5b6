package io.weft.job;

import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType;
import io.weft.job.internal.CoreKeys;
import io.weft.job.internal.OptionKeys;
import java.lang.annotation.Annotation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The reference of the job file's keys, written from the declarations that also check it. */
public final class Reference {

    private static final String HEAD = "| key | allowed | default | meaning |\n|---|---|---|---|\n";

    private Reference() {}

    /** A Markdown table for every section, by the path of the section; the top of the file has the empty path. */
    public static Map<String, String> tables() {
        return tables(CoreKeys.JOB);
    }

    /** The same for another kind of file, which is declared by the form of its top. */
    public static Map<String, String> tables(Form top) {
        var tables = new LinkedHashMap<String, String>();
        add(tables, "", top);
        return tables;
    }

    /** A Markdown table of a plugin's options. */
    public static String options(Class<? extends Annotation> options) {
        List<Key> keys = OptionKeys.of(options);
        return keys.isEmpty() ? "No options.\n" : table(keys);
    }

    private static void add(Map<String, String> tables, String path, Form form) {
        tables.put(path, table(form.keys()));
        for (Key key : form.keys()) {
            String below = path.isEmpty() ? key.name() : path + "." + key.name();
            if (key.type() instanceof ValueType.Section section) {
                add(tables, below, section.form());
            } else if (key.type() instanceof ValueType.Sections sections) {
                add(tables, below, sections.item().form());
            } else if (key.type() instanceof ValueType.Variants variants) {
                variants.forms().forEach((type, variant) -> add(tables, below + " " + type, variant));
            }
        }
    }

    private static String table(List<Key> keys) {
        var table = new StringBuilder(HEAD);
        for (Key key : keys) {
            table.append("| `")
                    .append(key.name())
                    .append("` | ")
                    .append(key.type().allowed().replace("|", "\\|"))
                    .append(" | ")
                    .append(key.absence().replace("|", "\\|"))
                    .append(" | ")
                    .append(key.sentence().replace("|", "\\|"))
                    .append(" |\n");
        }
        return table.toString();
    }
}
