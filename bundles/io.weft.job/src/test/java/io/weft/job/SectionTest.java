package io.weft.job;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Option;
import io.weft.api.plugin.Options;
import io.weft.api.plugin.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SectionTest {

    private enum Place {
        INSIDE,
        AT_THE_EDGE
    }

    private @interface Lora {

        @Option(value = "The rank.", min = 1, max = 512)
        int rank();

        @Option(value = "The scale.", min = 0)
        double alpha() default 16;

        @Option("A large number.")
        long count() default 1L << 40;

        @Option("Whether it is so.")
        boolean fast() default false;

        @Option("A text.")
        String note() default "none";

        @Option("One of two.")
        Place place() default Place.AT_THE_EDGE;

        @Option("Where.")
        String[] targets() default {"q_proj", "v_proj"};
    }

    @Test
    void bindsWhatIsGivenAndFillsInTheRest() {
        Lora given = strategy("{type: lora, rank: 8, alpha: 4, fast: true, place: inside, targets: all-linear}")
                .options(Lora.class);
        Lora defaults = strategy("{type: lora, rank: 1}").options(Lora.class);

        assertEquals(8, given.rank());
        assertEquals(4.0, given.alpha());
        assertTrue(given.fast());
        assertEquals(Place.INSIDE, given.place());
        assertArrayEquals(new String[] {"all-linear"}, given.targets());
        assertEquals(16.0, defaults.alpha());
        assertEquals(1L << 40, defaults.count());
        assertEquals("none", defaults.note());
        assertEquals(Place.AT_THE_EDGE, defaults.place());
        assertArrayEquals(new String[] {"q_proj", "v_proj"}, defaults.targets());
        assertEquals(Lora.class, defaults.annotationType());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    {type: lora, rank: 8, apha: 1}      | job.yaml:4: unknown key 'apha' in strategy; did you mean 'alpha'? (known: type, alpha, count, fast, note, place, rank, targets)
                    {type: lora}                        | job.yaml:4: strategy.rank is missing; give a whole number from 1 to 512
                    lora                                | job.yaml:4: strategy.rank is missing; give a whole number from 1 to 512
                    {type: lora, rank: 0}               | job.yaml:4: strategy.rank is 0; allowed: a whole number from 1 to 512
                    {type: lora, rank: 1.5}             | job.yaml:4: strategy.rank is 1.5; allowed: a whole number from 1 to 512
                    {type: lora, rank: 1, alpha: -1}    | job.yaml:4: strategy.alpha is -1; allowed: a number from 0
                    {type: lora, rank: 1, alpha: x}     | job.yaml:4: strategy.alpha is 'x'; allowed: a number from 0
                    {type: lora, rank: 1, fast: yes}    | job.yaml:4: strategy.fast is 'yes'; allowed: true or false
                    {type: lora, rank: 1, place: in}    | job.yaml:4: strategy.place is 'in'; allowed: inside, at-the-edge
                    {type: lora, rank: 1, note: 7}      | job.yaml:4: strategy.note is 7; allowed: a text (put it in quotes if it is meant as one)
                    {type: lora, rank: 1, targets: [1]} | job.yaml:4: strategy.targets is 1; allowed: a text (put it in quotes if it is meant as one)
                    {type: lora, rank: 1, targets: {}}  | job.yaml:4: strategy.targets is an empty mapping; allowed: a text or a list of texts
                    """)
    void refusesWhatThePluginDoesNotDeclare(String strategy, String message) {
        Section section = strategy(strategy);

        assertEquals(
                message,
                assertThrows(Refusal.class, () -> section.check(Lora.class)).getMessage());
    }

    @Test
    void refusesEveryKeyOfAPluginWithoutOptions() {
        Job job = JobFile.parse(JobFileTest.SMALLEST + "aggregator: {weightBy: equal, trim: 0.1}\n", "job.yaml");

        assertEquals(
                "job.yaml:7: unknown key 'trim' in aggregator (known: type, weightBy)",
                assertThrows(Refusal.class, () -> job.aggregator().check(Options.None.class))
                        .getMessage());
    }

    @Test
    void showsTheLineOfASitesOverride() {
        Job job = JobFile.parse(
                JobFileTest.SMALLEST.replace("strategy: lora", "strategy: {type: lora, rank: 8}")
                        + "sites:\n  a:\n    strategy: {rank: 0}\n",
                "job.yaml");
        Section section = job.forSite("a").strategy().orElseThrow();

        assertEquals(
                "job.yaml:9: strategy.rank is 0; allowed: a whole number from 1 to 512",
                assertThrows(Refusal.class, () -> section.check(Lora.class)).getMessage());
    }

    @Test
    void areAllThereToBeChecked() {
        Job job = JobFile.parse(JobFileTest.SMALLEST + "track: [tensorboard]\nwire: {down: bf16}\n", "job.yaml");

        assertEquals(
                "[workflow fedavg, model hf, strategy lora, trainer lm, aggregator fedavg, wire.down bf16, track tensorboard]",
                job.sections().stream()
                        .map(section -> section.key() + " " + section.type())
                        .toList()
                        .toString());
    }

    private static Section strategy(String strategy) {
        return JobFile.parse(JobFileTest.SMALLEST.replace("strategy: lora", "strategy: " + strategy), "job.yaml")
                .strategy()
                .orElseThrow();
    }
}
