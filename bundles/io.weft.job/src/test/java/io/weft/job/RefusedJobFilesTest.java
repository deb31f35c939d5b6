package io.weft.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusedJobFilesTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    lr: 1.0e-3          | lr: 1, bacth: 2               | job.yaml:6: unknown key 'bacth' in train; did you mean 'batch'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | lr: 1, max_length: 2          | job.yaml:6: unknown key 'max_length' in train; did you mean 'data.maxLength'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | learning_rate: 2 | job.yaml:6: unknown key 'learning_rate' in train; did you mean 'lr'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | batch_size: 2 | job.yaml:6: unknown key 'batch_size' in train; did you mean 'batch'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | per_device_train_batch_size: 2 | job.yaml:6: unknown key 'per_device_train_batch_size' in train; did you mean 'batch'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | gradient_accumulation_steps: 2 | job.yaml:6: unknown key 'gradient_accumulation_steps' in train; did you mean 'accumulate'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | num_train_epochs: 2 | job.yaml:6: unknown key 'num_train_epochs' in train; did you mean 'epochs'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | max_steps: 2 | job.yaml:6: unknown key 'max_steps' in train; did you mean 'steps'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | warmup_steps: 2 | job.yaml:6: unknown key 'warmup_steps' in train; did you mean 'warmup'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | weight_decay: 2 | job.yaml:6: unknown key 'weight_decay' in train; did you mean 'train.optimizer.weightDecay'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    lr: 1.0e-3          | unheard_of_before: 2 | job.yaml:6: unknown key 'unheard_of_before' in train (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    train: notes        | train: notes, max_length: 2   | job.yaml:5: unknown key 'max_length' in data; did you mean 'maxLength'? (known: train, validate, template, maxLength)
                    name: small         | nmae: small                   | job.yaml:1: unknown key 'nmae'; did you mean 'name'? (known: name, workflow, model, strategy, data, train, trainer, aggregator, filters, wire, select, track, keep, compare, sites)
                    rounds: 2           | ruonds: 2                     | job.yaml:2: workflow.rounds is missing; give a whole number from 1; is 'ruonds' meant?
                    base: base          | backend: hf                   | job.yaml:3: model.base is missing; give the path or the name of a base checkpoint
                    base: base          | base: ''                      | job.yaml:3: model.base is ''; allowed: the path or the name of a base checkpoint
                    name: small         | name:                         | job.yaml:1: name is missing; give a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit
                    name: small         | name: a/b                     | job.yaml:1: name is 'a/b'; allowed: a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit
                    name: small         | name: 5                       | job.yaml:1: name is 5; allowed: a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit (put it in quotes if it is meant as one)
                    lr: 1.0e-3          | batch: 2                      | job.yaml:6: train.lr is missing; give a number above 0
                    lr: 1.0e-3          | lr: 0                         | job.yaml:6: train.lr is 0; allowed: a number above 0
                    lr: 1.0e-3          | lr: .nan                      | job.yaml:6: train.lr is .nan; allowed: a number above 0
                    lr: 1.0e-3          | lr: fast                      | job.yaml:6: train.lr is 'fast'; allowed: a number above 0
                    lr: 1.0e-3          | lr: 1e-3 2                    | job.yaml:6: train.lr is '1e-3 2'; allowed: a number above 0
                    lr: 1.0e-3          | lr: 1, warmup: 3              | job.yaml:6: train.warmup is 3; allowed: a number from 0 to 1
                    lr: 1.0e-3          | lr: 1, batch: 0               | job.yaml:6: train.batch is 0; allowed: a whole number from 1
                    lr: 1.0e-3          | lr: 1, batch: 4.0             | job.yaml:6: train.batch is 4.0; allowed: a whole number from 1
                    lr: 1.0e-3          | lr: 1, batch: 99999999999     | job.yaml:6: train.batch is 99999999999; allowed: a whole number from 1
                    lr: 1.0e-3          | lr: 1, batch: [4]             | job.yaml:6: train.batch is a list of 1; allowed: a whole number from 1
                    lr: 1.0e-3          | lr: 1, precision: pf32        | job.yaml:6: train.precision is 'pf32'; allowed: auto, fp32, bf16; did you mean 'fp32'?
                    lr: 1.0e-3          | lr: 1, optimizer: adam        | job.yaml:6: train.optimizer is 'adam'; allowed: adamw, sgd; did you mean 'adamw'?
                    lr: 1.0e-3          | lr: 1, optimizer: {beta1: 0}  | job.yaml:6: train.optimizer.type is missing; allowed: adamw, sgd
                    lr: 1.0e-3          | lr: 1, optimizer: {type: sgd, beta1: 0} | job.yaml:6: unknown key 'beta1' in train.optimizer (known: weightDecay)
                    lr: 1.0e-3          | lr: 1, epochs: 1, steps: 5    | job.yaml:6: train gives both epochs and steps; a round counts one of them, so remove the other
                    train: notes        | train: data/notes.jsonl       | job.yaml:5: data.train is 'data/notes.jsonl'; allowed: the name of a dataset in the site's catalogue, not a path or a file (letters, digits, '.', '_' and '-')
                    rounds: 2           | rounds: 2, sites: {deadline: 30} | job.yaml:2: workflow.sites.deadline is 30; allowed: a length of time above zero with its unit, such as 500ms, 90s, 30m, 2h or 1d
                    rounds: 2           | rounds: 2, sites: {deadline: 30m} | job.yaml:2: workflow.sites gives a deadline and no min, so every site is waited for all the same; say how many are enough when it is over, such as min: 2
                    rounds: 2           | rounds: 2, stop: {patience: 0} | job.yaml:2: workflow.stop.patience is 0; allowed: a whole number from 1
                    rounds: 2           | rounds: 2, stop: {patiense: 1} | job.yaml:2: unknown key 'patiense' in workflow.stop; did you mean 'patience'? (known: metric, mode, patience, minDelta)
                    rounds: 2           | rounds: 2, stop: {metric: train_los} | job.yaml:2: workflow.stop.mode is missing; say whether 'train_los' is best when smallest (min) or largest (max)
                    rounds: 2           | rounds: 2, stop: {metric: loss}   | job.yaml:2: there is no metric 'loss' to stop by; there are: validation_loss, validation_token_accuracy, train_loss
                    rounds: 2           | rounds: 2, stop: {patience: 3} | job.yaml:2: workflow.stop needs validation_loss, but no dataset is validated on; give data.validate, or leave workflow.stop out
                    rounds: 2           | rounds: 2, stop: {metric: validation_token_accuracy} | job.yaml:2: workflow.stop.mode is missing; say whether 'validation_token_accuracy' is best when smallest (min) or largest (max)
                    rounds: 2           | rounds: 2, rounds: 3          | job.yaml:2: the key 'rounds' is already given in line 2; keep one of the two
                    strategy: lora      | strategy: {rank: 2}           | job.yaml:4: strategy.type is missing; give a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit
                    strategy: lora      | wire: {}                      | job.yaml:1: strategy is missing; only a job with a trainer of its own may leave it out
                    strategy: lora      | strategy: !!int lora          | job.yaml:4: the tag tag:yaml.org,2002:int is not allowed; leave it out
                    strategy: lora      | strategy: *base               | job.yaml:4: not valid YAML: found undefined alias base
                    strategy: lora      | strategy: {? [a] : b}         | job.yaml:4: a key is a list or a mapping; keys are words
                    """)
    void areRefusedInOneLine(String found, String replacement, String message) {
        assertRefused(message, JobFileTest.SMALLEST.replace(found, replacement));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    wire: {up: 8}                              | job.yaml:7: wire.up.quantizer is 8; allowed: fp32, none, or the name of a quantizer
                    wire: {up: {quantiser: fp32}}              | job.yaml:7: unknown key 'quantiser' in wire.up; did you mean 'quantizer'? (known: quantizer, except, smallest, errorFeedback)
                    wire: {down: {block: 64}}                  | job.yaml:7: unknown key 'block' in wire.down (known: quantizer, except, smallest, errorFeedback)
                    wire: {up: {quantizer: x, smallest: -1}}   | job.yaml:7: wire.up.smallest is -1; allowed: a whole number from 0
                    wire: {send: diff}                         | job.yaml:7: wire.send is 'diff'; allowed: weights, difference
                    wire: plain                                | job.yaml:7: wire is 'plain'; allowed: a mapping with the keys up, down, send
                    track: tensorboard                         | job.yaml:7: track is 'tensorboard'; allowed: a list; each member a name or a mapping with the key type and the plugin's options
                    track: [a, b, {type: a}]                   | job.yaml:7: track names 'a' twice; once is enough
                    filters: clip                              | job.yaml:7: filters is 'clip'; allowed: a list; each member a name or a mapping with the key type and the plugin's options
                    filters: [{norm: 1}]                       | job.yaml:7: filters.type is missing; give a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit
                    filters: [clip, {type: clip, norm: 1}]     | job.yaml:7: filters names 'clip' twice; once is enough
                    sites: {a: {filters: {type: clip}}}        | job.yaml:7: sites.a.filters is a mapping with type; allowed: a list; each member a name or a mapping with the key type and the plugin's options
                    sites: {a: {filters: [x, x]}}              | job.yaml:7: filters names 'x' twice; once is enough
                    aggregator: {weightBy: step}               | job.yaml:7: aggregator.weightBy is 'step'; allowed: steps, samples, tokens, equal; did you mean 'steps'?
                    select: {metric: validation_loss}          | job.yaml:7: select needs validation_loss, but no dataset is validated on; give data.validate, or leave select out
                    select: {metric: train_los, mode: min}     | job.yaml:7: there is no metric 'train_los' to select by; there are: validation_loss, validation_token_accuracy, train_loss; did you mean 'train_loss'?
                    select: {metric: validation_token_accuracy} | job.yaml:7: select.mode is missing; say whether 'validation_token_accuracy' is best when smallest (min) or largest (max)
                    sites: {a: {train: {batch: none}}}         | job.yaml:7: train.batch is 'none'; allowed: a whole number from 1
                    sites: {a: {train: {bacht: 1}}}            | job.yaml:7: unknown key 'bacht' in train; did you mean 'batch'? (known: optimizer, lr, schedule, warmup, clip, batch, accumulate, epochs, steps, seed, precision, state)
                    sites: {a: {train: {seed: 1}}}             | job.yaml:7: train.seed cannot differ by site; give it once for the whole job
                    sites: {a: {trian: {batch: 1}}}            | job.yaml:7: 'trian' cannot differ by site in sites.a; allowed: model, strategy, data, train, trainer, filters; did you mean 'train'?
                    sites: {a/b: {train: {batch: 1}}}          | job.yaml:7: 'a/b' in sites is not a site's name; allowed: a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit
                    sites: [a]                                 | job.yaml:7: sites is a list of 1; allowed: a mapping from site names to the sections that differ there (model, strategy, data, train, trainer, filters)
                    sites: &s {a: *s}                          | job.yaml:7: an alias contains itself; write the value out
                    """)
    void areRefusedWithTheLineOfWhatWasAdded(String added, String message) {
        assertRefused(message, JobFileTest.SMALLEST + added + "\n");
    }

    @Test
    void errorFeedbackAfterFiltersIsRefused() {
        String message = "job.yaml:8: wire.up.errorFeedback adds what coding lost to an update after its filters, which"
                + " takes back what they bound; leave out errorFeedback, or filters";
        String fed = "wire: {up: {quantizer: x, errorFeedback: true}}\n";

        assertRefused(message, JobFileTest.SMALLEST + "filters: [x]\n" + fed);
        assertRefused(message, JobFileTest.SMALLEST + "sites: {a: {filters: [x]}}\n" + fed);
    }

    @Test
    void tabsAreRefused() {
        assertRefused(
                "job.yaml:3: not valid YAML: a tab where only spaces are allowed; indent with spaces",
                "name: x\nworkflow:\n\trounds: 2\n");
    }

    @Test
    void emptyFilesAreRefused() {
        String message = "job.yaml:1: the file is empty; a job file needs at least name, workflow and model";

        assertRefused(message, "");
        assertRefused(message, "# nothing but a comment\n");
    }

    @Test
    void filesThatAreNoMappingAreRefused() {
        String rest = "the file is not a mapping; a job file is made of lines such as 'name: my-job'";

        assertRefused("job.yaml:1: " + rest, "just words\n");
        assertRefused("job.yaml:2: " + rest, "# a list\n- name: x\n");
    }

    @Test
    void secondDocumentsAreRefused() {
        assertRefused(
                "job.yaml:7: not valid YAML: a second document begins here; one file holds one job",
                JobFileTest.SMALLEST + "---\nname: other\n");
    }

    @Test
    void controlCharactersAreRefused() {
        assertRefused("job.yaml:2: the character U+0000 is not allowed in YAML; remove it", "name: x\n\0");
    }

    @Test
    void aliasesThatMultiplyAreRefused() {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            text.append("a").append(i).append(": &a").append(i).append(" [").append("*a" + (i - 1));
            text.append((", *a" + (i - 1)).repeat(9)).append("]\n");
        }

        assertTrue(refusal(text.toString())
                .endsWith("the file stands for more than 20000 values; write aliases out or remove them"));
    }

    @Test
    void deepNestingIsRefused() {
        assertEquals("job.yaml:1: values are nested more than 32 deep", refusal("a: " + "[".repeat(100_000) + "\n"));
    }

    @Test
    void longValuesAreCutInTheMessage() {
        String message = refusal("name: \"" + "x\\n".repeat(5_000) + "\"\n");

        assertFalse(message.contains("\n"));
        assertTrue(message.length() < 250, message);
    }

    @Test
    void filesThatAreNotThereAreRefused() {
        Path file = folder.resolve("job.yaml");

        assertEquals("there is no job file " + file, refusal(file));
    }

    @Test
    void foldersAreRefused() {
        assertEquals(
                folder + " is a folder; give the job file in it, such as " + folder.resolve("job.yaml"),
                refusal(folder));
    }

    @Test
    void otherEncodingsAreRefused() throws IOException {
        Path file =
                Files.write(folder.resolve("job.yaml"), new byte[] {'a', ':', '\n', 'b', ':', ' ', (byte) 0xE9, '\n'});

        assertEquals(file + ":2: not UTF-8; save the file as UTF-8", refusal(file));
    }

    private static void assertRefused(String message, String text) {
        assertEquals(message, refusal(text));
    }

    private static String refusal(String text) {
        return assertThrows(Refusal.class, () -> JobFile.parse(text, "job.yaml"))
                .getMessage();
    }

    private static String refusal(Path file) {
        return assertThrows(Refusal.class, () -> JobFile.read(file)).getMessage();
    }
}
