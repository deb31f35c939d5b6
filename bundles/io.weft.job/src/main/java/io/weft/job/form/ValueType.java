package io.weft.job.form;

import io.weft.api.plugin.Nearest;
import io.weft.api.plugin.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a key may hold: checks a value where it stands and gives it back in its normal form. */
public sealed interface ValueType {

    /** The value in its normal form, or a {@link Refusal} that says what was found and what is allowed. */
    Object read(String path, Tree tree);

    /** What is allowed, as a phrase for error messages and the reference. */
    String allowed();

    /** The error for a value of another type or out of range. */
    default Refusal mismatch(String path, Tree tree) {
        return tree.place().refuse(path + " is " + tree.shown() + "; allowed: " + allowed());
    }

    /** A text, or a text of a certain form. */
    record Text(String allowed, Pattern pattern) implements ValueType {

        public static final Text ANY = new Text("a text", Pattern.compile("(?s).*\\S.*"));

        /** What people name jobs, sites, datasets and plugins with; safe as the name of a folder. */
        public static final Text NAME = new Text(
                "a name of up to 64 letters, digits, '.', '_' and '-', beginning with a letter or a digit",
                Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"));

        @Override
        public Object read(String path, Tree tree) {
            if (!(tree instanceof Tree.Scalar scalar)) {
                throw mismatch(path, tree);
            }
            if (scalar.kind() != Tree.Scalar.Kind.TEXT) {
                throw tree.place()
                        .refuse(path + " is " + tree.shown() + "; allowed: " + allowed()
                                + " (put it in quotes if it is meant as one)");
            }
            if (!pattern.matcher(scalar.text()).matches()) {
                throw mismatch(path, tree);
            }
            return scalar.text();
        }
    }

    /** One of a few words. */
    record Word(List<String> words) implements ValueType {

        public static Word of(String... words) {
            return new Word(List.of(words));
        }

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Scalar scalar && words.contains(scalar.text())) {
                return scalar.text();
            }
            String hint = tree instanceof Tree.Scalar scalar ? Nearest.hint(scalar.text(), words) : "";
            throw tree.place().refuse(path + " is " + tree.shown() + "; allowed: " + allowed() + hint);
        }

        @Override
        public String allowed() {
            return String.join(", ", words);
        }
    }

    /** A whole number. */
    record Whole(long min, long max) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Scalar scalar && scalar.kind() == Tree.Scalar.Kind.WHOLE) {
                var value = Numbers.whole(scalar.text());
                if (value.bitLength() < Long.SIZE && value.longValue() >= min && value.longValue() <= max) {
                    return min >= Integer.MIN_VALUE && max <= Integer.MAX_VALUE
                            ? (Object) value.intValue()
                            : (Object) value.longValue();
                }
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            return "a whole number"
                    + range(min > Integer.MIN_VALUE, Long.toString(min), max < Integer.MAX_VALUE, Long.toString(max));
        }
    }

    /** A finite number; {@code above} leaves {@code min} itself out. */
    record Decimal(double min, double max, boolean above) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Scalar scalar
                    && (scalar.kind() == Tree.Scalar.Kind.WHOLE || scalar.kind() == Tree.Scalar.Kind.DECIMAL)) {
                double value = Numbers.decimal(scalar.text());
                if (Double.isFinite(value) && value <= max && (above ? value > min : value >= min)) {
                    return value;
                }
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            return above
                    ? "a number above " + Numbers.shown(min)
                    : "a number"
                            + range(
                                    min > -Double.MAX_VALUE,
                                    Numbers.shown(min),
                                    max < Double.MAX_VALUE,
                                    Numbers.shown(max));
        }
    }

    /** True or false. */
    record Flag() implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Scalar scalar && scalar.kind() == Tree.Scalar.Kind.FLAG) {
                return Numbers.flag(scalar.text());
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            return "true or false";
        }
    }

    /** A list of texts; a lone text stands for a list of one. */
    record Texts() implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            return texts(this, Text.ANY, path, tree);
        }

        @Override
        public String allowed() {
            return "a text or a list of texts";
        }
    }

    /** A list of texts of a certain form, or of words; a lone one stands for a list of one. */
    record TextsOf(ValueType item) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            return texts(this, item, path, tree);
        }

        @Override
        public String allowed() {
            return "one or a list of: " + item.allowed();
        }
    }

    /**
     * The words of a command or the names of files, each as it was written, numbers too.
     *
     * @param example such a list, without its brackets
     */
    record Words(String example) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            if (!(tree instanceof Tree.Items items) || items.values().isEmpty()) {
                throw mismatch(path, tree);
            }
            var words = new ArrayList<String>();
            for (Tree value : items.values()) {
                if (!(value instanceof Tree.Scalar scalar) || scalar.text().isEmpty()) {
                    throw mismatch(path, value);
                }
                words.add(scalar.text());
            }
            return List.copyOf(words);
        }

        @Override
        public String allowed() {
            return "a list of words, such as [" + example + "]";
        }
    }

    /** A length of time, kept as written. */
    record Span() implements ValueType {

        private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

        /** The length of time that a checked text stands for. */
        public static Duration of(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(text);
            }
            long count = Long.parseLong(matcher.group(1));
            return switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
        }

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Scalar scalar
                    && FORM.matcher(scalar.text()).matches()
                    && !of(scalar.text()).isZero()) {
                return scalar.text();
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            return "a length of time above zero with its unit, such as 500ms, 90s, 30m, 2h or 1d";
        }
    }

    /** A mapping with known keys; where {@code word} names one of them, that key's value alone may stand for the whole. */
    record Section(Form form, Optional<String> word) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            return form.read(path, mapping(path, tree));
        }

        /** The value as a mapping, a lone word included. */
        public Tree.Mapping mapping(String path, Tree tree) {
            if (tree instanceof Tree.Mapping mapping) {
                return mapping;
            }
            if (word.isPresent() && tree instanceof Tree.Scalar) {
                return Tree.Mapping.empty(tree.place()).with(word.get(), new Tree.Entry(tree.place(), tree));
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            String key = form.keys().size() == 1 ? "the key " : "the keys ";
            return (word.isPresent() ? "a name or " : "")
                    + "a mapping with " + key + form.names()
                    + (form.open() ? " and the plugin's options" : "");
        }
    }

    /** A mapping whose key {@code type} decides which other keys there are; the word alone stands for the type's defaults. */
    record Variants(Map<String, Form> forms) implements ValueType {

        private static final String TYPE = "type";

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Items) {
                throw mismatch(path, tree);
            }
            var names = new Word(List.copyOf(forms.keySet()));
            if (!(tree instanceof Tree.Mapping mapping)) {
                String type = (String) names.read(path, tree);
                return withType(type, forms.get(type).read(path, Tree.Mapping.empty(tree.place())));
            }
            Tree type = mapping.get(TYPE)
                    .orElseThrow(() -> mapping.place().refuse(path + ".type is missing; allowed: " + names.allowed()));
            String name = (String) names.read(path + ".type", type);
            var rest = new LinkedHashMap<>(mapping.entries());
            rest.remove(TYPE);
            return withType(name, forms.get(name).read(path, new Tree.Mapping(mapping.place(), rest)));
        }

        private static Map<String, Object> withType(String type, Map<String, Object> values) {
            var typed = new LinkedHashMap<String, Object>();
            typed.put(TYPE, type);
            typed.putAll(values);
            return typed;
        }

        @Override
        public String allowed() {
            return String.join(", ", forms.keySet()) + ", or a mapping with type and that type's keys";
        }
    }

    /** A list of sections. */
    record Sections(Section item) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            var read = new ArrayList<>();
            for (Tree.Mapping mapping : mappings(path, tree)) {
                read.add(item.form().read(path, mapping));
            }
            return List.copyOf(read);
        }

        /** The list's members, each with its lines. */
        public List<Tree.Mapping> mappings(String path, Tree tree) {
            if (!(tree instanceof Tree.Items items)) {
                throw mismatch(path, tree);
            }
            return items.values().stream()
                    .map(value -> item.mapping(path, value))
                    .toList();
        }

        @Override
        public String allowed() {
            return "a list; each member " + item.allowed();
        }
    }

    /** A mapping from names, which the file chooses, to mappings with known keys. */
    record Named(Text name, Section value) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            if (!(tree instanceof Tree.Mapping mapping)) {
                throw mismatch(path, tree);
            }
            var read = new LinkedHashMap<String, Object>();
            mapping.entries().forEach((key, entry) -> {
                if (!name.pattern().matcher(key).matches()) {
                    throw entry.place().refuse("'" + Tree.printable(key) + "' is not " + name.allowed());
                }
                read.put(key, value.form().read(key, value.mapping(key, entry.value())));
            });
            return read;
        }

        @Override
        public String allowed() {
            return "a mapping from names to mappings; each " + value.allowed();
        }
    }

    /** The name of a quantizer, or that nothing is coded. */
    record Quantizer() implements ValueType {

        public static final String PLAIN = "fp32";

        @Override
        public Object read(String path, Tree tree) {
            if (tree instanceof Tree.Scalar scalar
                    && scalar.kind() == Tree.Scalar.Kind.TEXT
                    && Text.NAME.pattern().matcher(scalar.text()).matches()) {
                return scalar.text().equals("none") ? PLAIN : scalar.text();
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            return "fp32, none, or the name of a quantizer";
        }
    }

    /** What single sites do differently: site names with sections, each with the keys that differ, and lists in the place of the job's. */
    record Overrides(Map<String, List<String>> sections, Map<String, Sections> lists) implements ValueType {

        @Override
        public Object read(String path, Tree tree) {
            var read = new LinkedHashMap<String, Object>();
            for (var site : mapping(path, tree).entries().entrySet()) {
                String where = path + "." + site.getKey();
                if (!Text.NAME.pattern().matcher(site.getKey()).matches()) {
                    throw site.getValue()
                            .place()
                            .refuse("'" + Tree.printable(site.getKey()) + "' in " + path
                                    + " is not a site's name; allowed: " + Text.NAME.allowed());
                }
                Tree.Mapping changes = mapping(where, site.getValue().value());
                changes.entries().forEach((section, entry) -> check(where, section, entry));
                read.put(site.getKey(), changes.plain());
            }
            return read;
        }

        private void check(String path, String section, Tree.Entry entry) {
            if (lists.containsKey(section)) {
                lists.get(section).read(path + "." + section, entry.value());
                return;
            }
            List<String> fixed = sections.get(section);
            if (fixed == null) {
                throw entry.place()
                        .refuse("'" + Tree.printable(section) + "' cannot differ by site in " + path + "; allowed: "
                                + String.join(", ", names()) + Nearest.hint(section, names()));
            }
            Tree.Mapping keys = mapping(path + "." + section, entry.value());
            for (String key : fixed) {
                if (keys.entries().containsKey(key)) {
                    throw keys.placeOf(key)
                            .refuse(section + "." + key + " cannot differ by site; give it once for the whole job");
                }
            }
        }

        private Tree.Mapping mapping(String path, Tree tree) {
            if (tree instanceof Tree.Mapping mapping) {
                return mapping;
            }
            throw mismatch(path, tree);
        }

        @Override
        public String allowed() {
            return "a mapping from site names to the sections that differ there (" + String.join(", ", names()) + ")";
        }

        private List<String> names() {
            return Stream.concat(sections.keySet().stream(), lists.keySet().stream())
                    .toList();
        }
    }

    private static List<String> texts(ValueType list, ValueType item, String path, Tree tree) {
        if (tree instanceof Tree.Mapping) {
            throw list.mismatch(path, tree);
        }
        List<Tree> values = tree instanceof Tree.Items items ? items.values() : List.of(tree);
        var texts = new ArrayList<String>();
        for (Tree value : values) {
            texts.add((String) item.read(path, value));
        }
        return List.copyOf(texts);
    }

    private static String range(boolean hasMin, String min, boolean hasMax, String max) {
        if (hasMin && hasMax) {
            return " from " + min + " to " + max;
        }
        return hasMin ? " from " + min : hasMax ? " up to " + max : "";
    }
}
