package io.weft.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.weft.api.plugin.Option;
import io.weft.api.plugin.Refusal;
import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType;
import io.weft.job.internal.CoreKeys;
import io.weft.job.internal.OptionKeys;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every key of the job file with everything that it may not hold, and job files that chance has spoilt: {@code -Dweft.fuzz=N} spoils N times
 * as many, {@code -Dweft.fuzz.seed=N} others.
 */
@Timeout(300)
class JobFileFuzzTest {

    private static final int TIMES = Integer.getInteger("weft.fuzz", 1);

    private static final long SEED = Long.getLong("weft.fuzz.seed", 42);

    /** Options of every type that a plugin may declare. */
    @interface EveryOption {
        @Option(value = "A count.", min = 1, max = 64)
        int count() default 8;

        @Option("A large number.")
        long large() default 0;

        @Option(value = "A share.", min = 0, max = 0.99)
        double share() default 0.5;

        @Option("A choice.")
        boolean choice() default false;

        @Option("A word.")
        String word() default "word";

        @Option("Words.")
        String[] words() default {"a", "b"};

        @Option("A colour.")
        Colour colour() default Colour.RED;
    }

    enum Colour {
        RED,
        LIGHT_BLUE
    }

    /** What a key is given, as it stands in the file. */
    private static final List<String> VALUES = List.of(
            "-1",
            "0",
            "1",
            "2",
            "0.5",
            "-0.5",
            "1.5",
            "4.0",
            "65",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775807",
            "9223372036854775808",
            "-99999999999999999999999999",
            "9".repeat(4000),
            "1e308",
            "1e309",
            "-1e309",
            "1e-400",
            ".nan",
            ".inf",
            "-.inf",
            "0x10",
            "0o17",
            "1_000",
            "true",
            "no",
            "fast",
            "''",
            "' '",
            "'1'",
            "\"a\\nb\"",
            "\"\\0\"",
            "\"\\u202e\"",
            "a/b",
            "../../etc/passwd",
            "x".repeat(5000),
            "[]",
            "[1, 2]",
            "[[]]",
            "[{}]",
            "[null]",
            "{}",
            "{a: b}",
            "{type: nothing}",
            "{type: [1]}",
            "{type: {}}",
            "{1: 2}",
            "{? [a] : b}",
            "&a [*a]",
            "*nowhere",
            "!!int word",
            "!own word",
            "!!binary aGk=",
            "|",
            "]",
            "@",
            "`x`");

    private record Case(String path, ValueType type, String text, int line) {}

    static Stream<String> keys() {
        return paths().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("keys")
    void takesWhatTheKeyMayHoldAndRefusesAllElse(String path) {
        ValueType type = paths().get(path);
        for (String value : VALUES) {
            Case one = with(path, type, value);
            Optional<Refusal> refusal = outcome(one.text());
            String shown = path + ": " + (value.length() > 80 ? value.substring(0, 80) : value);
            allowed(type, value)
                    .ifPresent(allowed -> assertEquals(
                            allowed,
                            refusal.isEmpty(),
                            shown + " -> " + refusal.map(Throwable::getMessage).orElse("taken")));
            refusal.ifPresent(said -> assertTold(said.getMessage(), one, shown));
        }
    }

    @ParameterizedTest
    @MethodSource("keys")
    void namesTheKeyThatIsGivenTwice(String path) {
        String twice = with(path, paths().get(path), "1").text();
        String key = path.substring(path.lastIndexOf('.') + 1);
        int at = twice.lastIndexOf(path.indexOf('.') < 0 ? "\n" + key + ": 1" : key + ": 1");
        String text = path.indexOf('.') < 0
                ? twice + key + ": 2\n"
                : twice.substring(0, at) + key + ": 1, " + twice.substring(at);

        String message = outcome(text).orElseThrow().getMessage();

        assertTrue(message.contains("the key '" + key + "' is already given in line"), message);
    }

    @Test
    void refusesWhatNoKeyIsCalled() {
        Random random = new Random(1);
        for (String path : paths().keySet()) {
            String key = path.substring(path.lastIndexOf('.') + 1);
            int at = random.nextInt(key.length());
            String wrong = key.substring(0, at) + "q" + key.substring(at);
            String section = path.substring(0, Math.max(0, path.lastIndexOf('.')));
            if (isOpen(section)) {
                continue; // What a plugin takes is the plugin's to say.
            }
            Case one = with(section.isEmpty() ? wrong : section + "." + wrong, ValueTypes.ANY, "1");

            Refusal refusal = outcome(one.text()).orElseThrow(() -> new AssertionError(wrong + " was taken"));

            assertTrue(refusal.getMessage().contains("unknown key '" + wrong + "'"), refusal.getMessage());
        }
    }

    @Test
    void showsHostileKeysInOneShortLine() {
        for (String key : List.of("\"a\\nb\"", "\"\\u202Eb\"", "\"\\u2028\"", "k".repeat(5000), "\"\\e[2J\"")) {
            for (String text : List.of(
                    JobFileTest.SMALLEST + key + ": 1\n",
                    JobFileTest.SMALLEST + "wire: {" + key + ": 1}\n",
                    JobFileTest.SMALLEST + "wire: {up: {" + key + ": 1}}\n",
                    JobFileTest.SMALLEST + "sites: {" + key + ": {train: {batch: 1}}}\n",
                    JobFileTest.SMALLEST + "sites: {a: {" + key + ": {batch: 1}}}\n",
                    JobFileTest.SMALLEST + "compare: {maxTokens: {" + key + ": 1}}\n",
                    JobFileTest.SMALLEST + key + ": {? " + key + " : 1, ? " + key + " : 2}\n")) {
                String message = outcome(text).orElseThrow().getMessage();
                assertPlain(message, text);
                assertFalse(message.contains("\u202E") || message.contains("\u2028"), message);
                assertTrue(message.length() < 500, message);
            }
        }
    }

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void saysInOneLineWhatChanceHasSpoilt() {
        String whole = JobFileTest.SMALLEST
                + "aggregator: {type: fedavg, weightBy: tokens}\nwire: {send: difference}\n"
                + "select: {metric: train_loss, mode: min}\ntrack: [tensorboard]\n"
                + "sites: {north: {train: &t {batch: 2}}, south: {train: *t}}\n";
        Random random = new Random(SEED);
        int cases = 10_000 * TIMES;
        int taken = 0;
        for (int i = 0; i < cases; i++) {
            String spoilt = whole;
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                spoilt = spoilt(spoilt, random);
            }
            Optional<Refusal> refusal = outcome(spoilt);
            taken += refusal.isEmpty() ? 1 : 0;
            if (refusal.isPresent()) {
                String message = refusal.get().getMessage();
                assertTrue(message.matches("job\\.yaml:[0-9]+: [^\\n\\r]+"), message + "\nof\n" + spoilt);
                assertPlain(message, spoilt);
            }
        }
        assertTrue(taken > cases / 50 && taken < cases - cases / 50, taken + " of " + cases + " were taken");
    }

    @Test
    void aByteOrderMarkIsNoPartOfTheFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("job.yaml"), "\uFEFF" + JobFileTest.SMALLEST);

        assertEquals("small", JobFile.read(file).name());
    }

    @Test
    void tenMebibytesAreRefusedUnread(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("job.yaml"), "# a comment\n".repeat(900_000));

        assertEquals(
                file + " is larger than 1 MiB, which no job file is; give a YAML job file",
                refusal(() -> JobFile.read(file)).getMessage());
    }

    private static String spoilt(String text, Random random) {
        if (text.isEmpty()) {
            return "x";
        }
        int at = random.nextInt(text.length());
        int end = Math.min(text.length(), at + 1 + random.nextInt(12));
        String some = text.substring(at, end);
        return switch (random.nextInt(7)) {
            case 0 -> text.substring(0, at) + text.substring(end);
            case 1 -> text.substring(0, at) + some + text.substring(at);
            case 2 ->
                text.substring(0, at)
                        + "{}[]:,&*!|>'\"%@`#-?\n\t \\~0.".charAt(random.nextInt(26))
                        + text.substring(at);
            case 3 ->
                text.substring(0, at)
                        + (char) random.nextInt(0x10000)
                        + text.substring(Math.min(text.length(), at + 1));
            case 4 -> text.substring(0, at);
            case 5 -> text.substring(0, at) + VALUES.get(random.nextInt(VALUES.size())) + text.substring(end);
            default -> text.substring(0, at) + text.substring(random.nextInt(text.length()));
        };
    }

    /** Reads a file to its end, as a job would: its sections with options, and every site's variant. */
    private static Optional<Refusal> outcome(String text) {
        try {
            Job job = JobFile.parse(text, "job.yaml");
            job.workflow();
            job.model();
            job.data();
            job.train();
            job.seed();
            job.weightBy();
            job.wire();
            job.select();
            job.compare();
            for (String site : job.overrides().keySet()) {
                job.forSite(site).train();
                job.alone(site).train();
            }
            for (Section section : job.sections()) {
                if (section.key().equals("strategy")) {
                    section.options(EveryOption.class);
                }
            }
            return Optional.empty();
        } catch (Refusal e) {
            return Optional.of(e);
        } catch (RuntimeException | StackOverflowError e) {
            return fail("not refused but failed: " + text, e);
        }
    }

    private static Refusal refusal(Runnable work) {
        try {
            work.run();
        } catch (Refusal e) {
            return e;
        }
        throw new AssertionError("nothing was refused");
    }

    private static void assertTold(String message, Case one, String shown) {
        assertTrue(message.startsWith("job.yaml:" + one.line() + ": "), shown + " -> " + message);
        assertPlain(message, shown);
        assertTrue(message.length() < 600, shown + " -> " + message);
    }

    /** No line end, no control character, nothing of Java's. */
    private static void assertPlain(String message, String of) {
        assertFalse(message.codePoints().anyMatch(Character::isISOControl), message + "\nof " + of);
        assertFalse(message.contains("Exception") || message.contains("java."), message + "\nof " + of);
    }

    /** Whether a key of the type may hold a value, by what the documentation says of the type; empty where that is another test's. */
    private static Optional<Boolean> allowed(ValueType type, String value) {
        Optional<BigDecimal> number = number(value);
        if (type instanceof ValueType.Whole whole) {
            return Optional.of(number.isPresent()
                    && !value.matches(".*[.e].*")
                    && number.get().compareTo(BigDecimal.valueOf(whole.min())) >= 0
                    && number.get().compareTo(BigDecimal.valueOf(whole.max())) <= 0);
        }
        if (type instanceof ValueType.Decimal decimal) {
            return Optional.of(number.isPresent()
                    && Double.isFinite(number.get().doubleValue())
                    && number.get().doubleValue() <= decimal.max()
                    && (decimal.above()
                            ? number.get().doubleValue() > decimal.min()
                            : number.get().doubleValue() >= decimal.min()));
        }
        if (type instanceof ValueType.Flag) {
            return Optional.of(value.equals("true"));
        }
        if (type instanceof ValueType.Word word) {
            return Optional.of(word.words().contains(value));
        }
        if (number.isPresent() || (value.startsWith("[") && type instanceof ValueType.Text)) {
            return Optional.of(false);
        }
        return Optional.empty();
    }

    /** The number that the YAML 1.2 core schema reads. */
    private static Optional<BigDecimal> number(String value) {
        if (value.startsWith("0x") || value.startsWith("0o")) {
            return Optional.of(new BigDecimal(Integer.parseInt(value.substring(2), value.startsWith("0x") ? 16 : 8)));
        }
        return value.matches("-?[0-9.]+(e-?[0-9]+)?") ? Optional.of(new BigDecimal(value)) : Optional.empty();
    }

    /** The paths of all keys with what they hold, sections and their keys among them. */
    private static Map<String, ValueType> paths() {
        Map<String, ValueType> paths = new LinkedHashMap<>();
        add(paths, "", CoreKeys.JOB);
        OptionKeys.of(EveryOption.class).forEach(key -> paths.put("strategy." + key.name(), key.type()));
        return paths;
    }

    private static void add(Map<String, ValueType> paths, String above, Form form) {
        for (Key key : form.keys()) {
            String path = above.isEmpty() ? key.name() : above + "." + key.name();
            paths.put(path, key.type());
            if (key.type() instanceof ValueType.Section section) {
                add(paths, path, section.form());
            } else if (key.type() instanceof ValueType.Variants variants) {
                add(paths, path, variants.forms().get("adamw"));
            }
        }
    }

    private static boolean isOpen(String section) {
        return CoreKeys.JOB.keys().stream()
                .anyMatch(key -> key.name().equals(section)
                        && key.type() instanceof ValueType.Section of
                        && of.form().open());
    }

    /** A whole job file of a line a section, in which the key has this value. */
    private static Case with(String path, ValueType type, String value) {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("name", "small");
        file.put("workflow", section("rounds", "2"));
        file.put("model", section("base", "base"));
        file.put("strategy", section("type", "lora"));
        file.put("data", section("train", "notes", "validate", "notes-eval"));
        file.put("train", section("lr", "1.0e-3"));
        String[] keys = path.split("\\.", -1);
        if (path.startsWith("train.optimizer.")) {
            cast(file.get("train")).put("optimizer", section("type", "adamw"));
        }
        if (path.equals("select.metric")) {
            file.put("select", section("mode", "min"));
        }
        Map<String, Object> at = file;
        for (int i = 0; i < keys.length - 1; i++) {
            at = cast(at.computeIfAbsent(keys[i], name -> new LinkedHashMap<String, Object>()));
        }
        at.remove(keys[keys.length - 1]);
        at.put(keys[keys.length - 1], value);
        List<String> sections = new ArrayList<>(file.keySet());
        StringBuilder text = new StringBuilder();
        file.forEach((key, content) ->
                text.append(key).append(": ").append(flow(content)).append('\n'));
        return new Case(path, type, text.toString(), sections.indexOf(keys[0]) + 1);
    }

    @SuppressWarnings("unchecked") // the maps are all this test's own
    private static Map<String, Object> cast(Object map) {
        return (Map<String, Object>) map;
    }

    private static Map<String, Object> section(String... keysAndValues) {
        Map<String, Object> section = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            section.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return section;
    }

    private static String flow(Object content) {
        if (!(content instanceof Map<?, ?> map)) {
            return String.valueOf(content);
        }
        List<String> entries = new ArrayList<>();
        map.forEach((key, value) -> entries.add(key + ": " + flow(value)));
        return "{" + String.join(", ", entries) + "}";
    }

    /** A type that allows and refuses nothing. */
    private static final class ValueTypes {
        static final ValueType ANY = new ValueType.Flag();
    }
}
