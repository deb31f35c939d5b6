package io.weft.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.JobFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TemplatesTest {

    @Test
    void aJobsOwnTemplateComesFirst() {
        assertEquals(Optional.of("chat"), template(", template: chat", Map.of("dolly", "alpaca")));
    }

    @Test
    void elseThatOfTheDatasets() {
        assertEquals(Optional.of("alpaca"), template("", Map.of("dolly", "alpaca")));
        assertEquals(Optional.of("alpaca"), template("", Map.of("dolly-eval", "alpaca")));
        assertEquals(Optional.of("alpaca"), template("", Map.of("dolly", "alpaca", "dolly-eval", "alpaca")));
        assertEquals(Optional.empty(), template("", Map.of()));
    }

    @Test
    void differentOnesAreRefused() {
        Refusal refused =
                assertThrows(Refusal.class, () -> template("", Map.of("dolly", "alpaca", "dolly-eval", "chat")));

        assertEquals(
                "job.yaml:5: the datasets of the job have different templates at this site: alpaca, chat; name one with data.template",
                refused.getMessage());
    }

    private static Optional<String> template(String own, Map<String, String> templates) {
        Job job = JobFile.parse("""
                name: small
                workflow: {rounds: 1}
                model: {base: small}
                strategy: lora
                data: {train: dolly, validate: dolly-eval%s}
                train: {lr: 1.0e-3}
                """.formatted(own), "job.yaml");
        Map<String, Object> values = Templates.applied(job, new Named(templates));
        assertEquals(job.values().keySet(), values.keySet());
        return Optional.ofNullable((String) ((Map<?, ?>) values.get("data")).get("template"));
    }

    /** Datasets with templates and nothing else. */
    private record Named(Map<String, String> templates) implements Catalogue {

        @Override
        public Optional<Path> base(Job job) {
            return Optional.empty();
        }

        @Override
        public Optional<List<Path>> dataset(String name) {
            return Optional.empty();
        }

        @Override
        public Optional<String> template(String dataset) {
            return Optional.ofNullable(templates.get(dataset));
        }

        @Override
        public List<String> datasets() {
            return List.copyOf(templates.keySet());
        }
    }
}
