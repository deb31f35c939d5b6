package io.weft.site.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import io.weft.job.Job;
import io.weft.job.JobFile;
import io.weft.models.ModelCatalogue;
import io.weft.tensor.Digests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HomeCatalogueTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "../../docs/site.md");

    @TempDir
    Path home;

    private HomeCatalogue catalogue;

    @BeforeEach
    void aHome() throws IOException {
        catalogue = HomeCatalogue.of(home);
        for (String file : List.of("dolly-2.jsonl", "dolly-1.jsonl", "eval.jsonl", "old/dolly-0.jsonl")) {
            Path there = home.resolve("records").resolve(file);
            Files.createDirectories(there.getParent());
            Files.writeString(there, "{\"text\": \"" + file + "\"}\n");
        }
    }

    @Test
    void namesFilesByTheirPathsFromTheHome() throws IOException {
        datasets("""
                dolly:      {files: [records/dolly-*.jsonl]}
                dolly-eval: {files: [records/eval.jsonl], template: alpaca}
                all:        {files: ['records/**.jsonl']}
                elsewhere:  {files: %s/dolly-1.jsonl}
                """.formatted(home.resolve("records")));

        assertEquals(List.of("all", "dolly", "dolly-eval", "elsewhere"), catalogue.datasets());
        assertEquals(List.of("dolly-1.jsonl", "dolly-2.jsonl"), files("dolly"));
        assertEquals(List.of("eval.jsonl"), files("dolly-eval"));
        assertEquals(List.of("dolly-1.jsonl", "dolly-2.jsonl", "eval.jsonl", "dolly-0.jsonl"), files("all"));
        assertEquals(List.of("dolly-1.jsonl"), files("elsewhere"));
        assertEquals(Optional.of("alpaca"), catalogue.template("dolly-eval"));
        assertEquals(Optional.empty(), catalogue.template("dolly"));
        assertEquals(Optional.empty(), catalogue.dataset("unknown"));
    }

    @Test
    void whatIsAddedNeedsNoRestart() throws IOException {
        assertEquals(List.of(), catalogue.datasets());

        datasets("dolly: {files: [records/dolly-*.jsonl]}");

        assertEquals(List.of("dolly"), catalogue.datasets());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "dolly: {file: [a.jsonl]}    | unknown key 'file' in dolly; did you mean 'files'? (known: files, format, template, split)",
                "dolly: records.jsonl        | dolly is 'records.jsonl'; allowed: a mapping with the keys files, format, template, split",
                "dolly: {template: alpaca}   | dolly.files is missing; give one or a list of: a path, in which * and ? stand for parts of a name and ** for folders",
                "'../x': {files: a.jsonl}    | '../x' is not a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit",
                "dolly: {files: a, format: csv} | dolly.format is 'csv'; allowed: jsonl",
                "dolly: {files: a, split: 90} | dolly.split is 90; allowed: a share of the records, such as ':90%' for the first nine tenths and '90%:' for the rest (put it in quotes if it is meant as one)",
                "dolly: {files: a, split: '90%:10%'} | dolly.split is '90%:10%', which no record belongs to; give the smaller share first, such as '10%:90%'",
            })
    void refusesWhatIsNotRightWithItsLine(String line, String message) throws IOException {
        datasets("# datasets\n" + line);

        assertEquals(
                home.resolve("conf/datasets.yaml") + ":2: " + message,
                assertThrows(Refusal.class, () -> catalogue.datasets()).getMessage());
    }

    @Test
    void saysWhichLineNamesNoFile() throws IOException {
        datasets("dolly: {files: [records/dolly-*.json]}");

        assertEquals(
                home.resolve("conf/datasets.yaml")
                        + ":1: 'dolly' names 'records/dolly-*.json', and there is no such file in " + home
                        + "; put it there, or change the line",
                assertThrows(Refusal.class, () -> catalogue.dataset("dolly")).getMessage());
    }

    @Test
    void sharesAreApartAndWholeTogether() throws IOException {
        List<String> records = IntStream.range(0, 500)
                .mapToObj(i -> "{\"text\":\"" + i + "\"}")
                .toList();
        Files.write(home.resolve("records/many.jsonl"), records);
        datasets("""
                train: {files: [records/many.jsonl], split: ':90%'}
                test:  {files: [records/many.jsonl], split: '90%:'}
                """);

        List<String> train = lines("train");
        List<String> test = lines("test");

        assertTrue(test.size() > 20 && test.size() < 90, test.size() + " of 500 are a tenth, or so");
        assertEquals(500, train.size() + test.size());
        var all = new HashSet<>(train);
        all.addAll(test);
        assertEquals(new HashSet<>(records), all);
    }

    @Test
    void aNewRecordMovesNoOther() throws IOException {
        Path file = home.resolve("records/many.jsonl");
        List<String> records = IntStream.range(0, 200)
                .mapToObj(i -> "{\"text\":\"" + i + "\"}")
                .toList();
        Files.write(file, records);
        datasets("test: {files: [records/many.jsonl], split: '80%:'}");
        List<String> before = lines("test");

        Files.write(
                file,
                Stream.concat(Stream.of("{\"text\":\"new\"}"), records.stream()).toList());

        List<String> after = lines("test");
        assertEquals(
                before, after.stream().filter(line -> !line.contains("new")).toList());
    }

    @Test
    void findsTheBaseOfAJobByItsName() throws IOException {
        model();

        assertEquals(Optional.of(home.resolve("models/small")), catalogue.base(job("small")));
        assertEquals(
                "job.yaml:3: there is no base 'smal' in " + home.resolve("conf/models.yaml")
                        + " (there are: small); add 'smal: {folder: PATH}' there, name one that all sites have, or have the job share the server's (model.share: true); did you mean 'small'?",
                assertThrows(Refusal.class, () -> catalogue.base(job("smal"))).getMessage());
    }

    @Test
    void namedTensorsMayComeWithTheJob() throws IOException {
        Job job = JobFile.parse("""
                name: own
                workflow: {rounds: 1}
                model: {backend: weights, base: initial.safetensors}
                trainer: {type: process, start: attach}
                """, "job.yaml");

        assertEquals(Optional.empty(), catalogue.base(job));
    }

    @Test
    void aModelMayBeOneFileOfWeights() throws IOException {
        Path weights = Files.writeString(home.resolve("first.safetensors"), "weights");
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/models.yaml"), "first: {folder: first.safetensors}\n");

        assertEquals(Optional.of(weights), catalogue.base(job("first")));
        assertEquals(Digests.of(weights), catalogue.models().digest("first"));
    }

    @Test
    void aHashIsTakenOnceAndAgainWhenAFileChanged() throws IOException {
        Path weights = model();
        String first = catalogue.models().digest("small");
        assertEquals(Digests.base(home.resolve("models/small")), first);
        FileTime time = Files.getLastModifiedTime(weights);

        Files.writeString(weights, "SAME SIZE");
        Files.setLastModifiedTime(weights, time);
        assertEquals(first, catalogue.models().digest("small"), "neither size nor time says that anything changed");

        Files.setLastModifiedTime(weights, FileTime.from(Instant.parse("2030-01-01T00:00:00Z")));
        assertEquals(
                Digests.base(home.resolve("models/small")), catalogue.models().digest("small"));
    }

    @Test
    void aDamagedNoteOfAHashIsNotBelieved() throws IOException {
        model();
        String right = catalogue.models().digest("small");
        try (Stream<Path> notes = Files.list(home.resolve("data/models"))) {
            Files.writeString(notes.findFirst().orElseThrow(), "half");
        }

        assertEquals(right, catalogue.models().digest("small"));
    }

    /** With -Dweft.docs=write the tables are written instead of checked. */
    @Test
    void thePageHoldsWhatTheCodeDeclares() throws IOException {
        String text = Files.readString(PAGE);
        String expected = with(with(text, "datasets", HomeCatalogue.datasetTable()), "models", ModelCatalogue.table());

        if ("write".equals(System.getProperty("weft.docs"))) {
            Files.writeString(PAGE, expected);
        } else {
            assertEquals(expected, text, "run mvn -pl bundles/io.weft.site -am test -Dweft.docs=write");
        }
    }

    private static String with(String text, String section, String table) {
        Matcher block = Pattern.compile("(<!-- catalogue: " + section + " -->\n)(.*?)(<!-- end -->\n)", Pattern.DOTALL)
                .matcher(text);
        assertTrue(block.find(), section);
        return block.replaceFirst(Matcher.quoteReplacement(block.group(1) + table + block.group(3)));
    }

    private Path model() throws IOException {
        Path weights = home.resolve("models/small/model.safetensors");
        Files.createDirectories(weights.getParent());
        Files.writeString(weights, "same size");
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/models.yaml"), "small: {folder: models/small}\n");
        return weights;
    }

    private static Job job(String base) {
        return JobFile.parse("""
                name: small
                workflow: {rounds: 1}
                model: {base: %s}
                strategy: lora
                data: {train: dolly}
                train: {lr: 1.0e-3}
                """.formatted(base), "job.yaml");
    }

    private void datasets(String text) throws IOException {
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/datasets.yaml"), text);
    }

    private List<String> files(String dataset) {
        return catalogue.dataset(dataset).orElseThrow().stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    private List<String> lines(String dataset) throws IOException {
        List<Path> files = catalogue.dataset(dataset).orElseThrow();
        assertEquals(1, files.size());
        return Files.readAllLines(files.get(0));
    }
}
