package io.weft.job.form;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A YAML value that knows its line. */
public sealed interface Tree {

    /** The most characters of the file that a message repeats. */
    int SHOWN = 60;

    /** Control and format characters, line and paragraph separators, halves of surrogate pairs. */
    Set<Integer> INVISIBLE = Set.of(
            (int) Character.CONTROL,
            (int) Character.FORMAT,
            (int) Character.LINE_SEPARATOR,
            (int) Character.PARAGRAPH_SEPARATOR,
            (int) Character.SURROGATE);

    Place place();

    /** How an error message shows what was found. */
    String shown();

    /** The value without its lines: maps, lists, strings, numbers and booleans. */
    Object plain();

    /** A text of the file as it may stand in a message: cut, without line ends, and without what turns a line around. */
    static String printable(String text) {
        String line = text.codePoints()
                .limit(SHOWN)
                .map(point -> INVISIBLE.contains(Character.getType(point)) ? ' ' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return text.codePointCount(0, text.length()) > SHOWN ? line + "…" : line;
    }

    /** Whether nothing stands where a value could: {@code key:} or {@code key: null}. */
    default boolean nothing() {
        return this instanceof Scalar scalar && scalar.kind() == Scalar.Kind.NOTHING;
    }

    /** A key of a mapping with its value. */
    record Entry(Place place, Tree value) {}

    /** Keys and values in the order of the file. */
    record Mapping(Place place, Map<String, Entry> entries) implements Tree {

        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        /** An empty mapping, for a section that is not there. */
        public static Mapping empty(Place place) {
            return new Mapping(place, Map.of());
        }

        /** The value of a key; a key with nothing behind it counts as absent. */
        public Optional<Tree> get(String key) {
            return Optional.ofNullable(entries.get(key)).map(Entry::value).filter(value -> !value.nothing());
        }

        /** Where a key stands, or this mapping when the key is absent. */
        public Place placeOf(String key) {
            Entry entry = entries.get(key);
            return entry == null ? place : entry.place();
        }

        /** This mapping with one entry set; a new key comes last. */
        public Mapping with(String key, Entry entry) {
            var changed = new LinkedHashMap<>(entries);
            changed.put(key, entry);
            return new Mapping(place, changed);
        }

        /** The same mapping without a key. */
        public Mapping without(String key) {
            var changed = new LinkedHashMap<>(entries);
            changed.remove(key);
            return new Mapping(place, changed);
        }

        @Override
        public String shown() {
            return entries.isEmpty()
                    ? "an empty mapping"
                    : "a mapping with " + printable(String.join(", ", entries.keySet()));
        }

        @Override
        public Map<String, Object> plain() {
            var values = new LinkedHashMap<String, Object>();
            entries.forEach((key, entry) -> {
                if (!entry.value().nothing()) {
                    values.put(key, entry.value().plain());
                }
            });
            return values;
        }
    }

    /** A list. */
    record Items(Place place, List<Tree> values) implements Tree {

        public Items {
            values = List.copyOf(values);
        }

        @Override
        public String shown() {
            return "a list of " + values.size();
        }

        @Override
        public List<Object> plain() {
            var plain = new ArrayList<>();
            values.forEach(value -> plain.add(value.plain()));
            return plain;
        }
    }

    /** A single value, as written and with the kind that YAML 1.2's core schema gives it. */
    record Scalar(Place place, String text, Kind kind) implements Tree {

        /** What a scalar is read as. */
        public enum Kind {
            TEXT,
            WHOLE,
            DECIMAL,
            FLAG,
            NOTHING
        }

        @Override
        public String shown() {
            String cut = printable(text);
            return switch (kind) {
                case TEXT -> "'" + cut + "'";
                case WHOLE, DECIMAL, FLAG -> cut;
                case NOTHING -> "empty";
            };
        }

        @Override
        public Object plain() {
            return switch (kind) {
                case TEXT, NOTHING -> text;
                case FLAG -> Numbers.flag(text);
                case WHOLE -> Numbers.plainWhole(text);
                case DECIMAL -> Numbers.decimal(text);
            };
        }
    }
}
