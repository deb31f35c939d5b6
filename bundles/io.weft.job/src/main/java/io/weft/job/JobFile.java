package io.weft.job;

import io.weft.api.plugin.Refusal;
import io.weft.job.form.YamlFile;
import java.nio.file.Path;
import java.util.Optional;

/** Reads job files. Everything that is wrong with one is refused here, with file and line, before anything starts. */
public final class JobFile {

    private static final YamlFile KIND =
            new YamlFile("job file", "job", "name: my-job", Optional.of("name, workflow and model"));

    private JobFile() {}

    /**
     * Reads a job file.
     *
     * @throws Refusal when it is not there or not right
     */
    public static Job read(Path file) {
        return parse(KIND.text(file), file.toString());
    }

    /**
     * Reads the text of a job file.
     *
     * @param fileName how errors name it
     * @throws Refusal when something is not right
     */
    public static Job parse(String text, String fileName) {
        return Job.of(text, KIND.parse(text, fileName));
    }
}
