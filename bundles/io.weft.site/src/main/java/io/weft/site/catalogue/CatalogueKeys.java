package io.weft.site.catalogue;

import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType.Named;
import io.weft.job.form.ValueType.Section;
import io.weft.job.form.ValueType.Text;
import io.weft.job.form.ValueType.TextsOf;
import io.weft.job.form.ValueType.Word;
import java.util.List;
import java.util.Optional;

/** Every key of a home's catalogues. */
final class CatalogueKeys {

    static final String JSON_LINES = "jsonl";

    private static final Text FILES =
            new Text("a path, in which * and ? stand for parts of a name and ** for folders", Text.ANY.pattern());

    static final Form DATASET = Form.of(
            Key.required(
                    "files",
                    new TextsOf(FILES),
                    "Its files; a relative path starts at the home. All that match are its records, in the order of their names."),
            Key.preset(
                    "format",
                    new Word(List.of(JSON_LINES)),
                    JSON_LINES,
                    "What the files hold: one JSON object a line."),
            Key.optional(
                    "template",
                    Text.NAME,
                    "records as they are",
                    "The template of its records, for jobs whose `data.template` says nothing."),
            Key.optional(
                    "split",
                    new Text(
                            "a share of the records, such as ':90%' for the first nine tenths and '90%:' for the rest",
                            Split.FORM),
                    "all records",
                    "Which of the records belong to it."));

    static final Named DATASETS = new Named(Text.NAME, new Section(DATASET, Optional.empty()));

    private CatalogueKeys() {}
}
