package io.weft.job.form;

import io.weft.api.plugin.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * One YAML document whose top is a mapping, read into a {@link Tree}. Duplicate keys, tags, and aliases that contain themselves
 * or multiply out of bounds are refused.
 */
final class YamlText {

    /** Deeper than any such file; the composer below recurses. */
    private static final int DEPTH = 32;

    /** More values than any such file holds, aliases counted as often as they stand for something. */
    private static final int VALUES = 20_000;

    private final String file;
    private final YamlFile kind;
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private int values;

    private YamlText(String file, YamlFile kind) {
        this.file = file;
        this.kind = kind;
    }

    /**
     * Reads a document.
     *
     * @param file how errors name the text
     * @param kind how errors speak of such a file
     * @throws Refusal with file and line when the text is not such a document
     */
    static Tree.Mapping read(String text, String file, YamlFile kind) {
        return new YamlText(file, kind).document(text);
    }

    private Tree.Mapping document(String text) {
        var settings = LoadSettings.builder()
                .setLabel(file)
                .setSchema(new CoreSchema())
                .setAllowNonScalarKeys(true)
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .setCodePointLimit(Integer.MAX_VALUE)
                .build();
        Optional<Node> composed;
        try {
            checkDepth(new Parse(settings).parseString(text));
            composed = new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            int line =
                    e.getProblemMark().or(e::getContextMark).map(Mark::getLine).orElse(0) + 1;
            throw at(line).refuse("not valid YAML: " + explain(e));
        } catch (ReaderException e) {
            int line = 1
                    + (int) text.codePoints()
                            .limit(e.getPosition())
                            .filter(point -> point == '\n')
                            .count();
            throw at(line).refuse("the character U+%04X is not allowed in YAML; remove it".formatted(e.getCodePoint()));
        } catch (YamlEngineException e) {
            throw at(1).refuse("not valid YAML: " + oneLine(e.getMessage()));
        }
        if (composed.isEmpty()) {
            kind.needs().ifPresent(needs -> {
                throw at(1).refuse("the file is empty; a " + kind.noun() + " needs at least " + needs);
            });
            return Tree.Mapping.empty(at(1));
        }
        if (convert(composed.get()) instanceof Tree.Mapping mapping) {
            return mapping;
        }
        throw place(composed.get())
                .refuse("the file is not a mapping; a " + kind.noun() + " is made of lines such as '" + kind.example()
                        + "'");
    }

    private void checkDepth(Iterable<Event> events) {
        int depth = 0;
        for (Event event : events) {
            if (event instanceof CollectionStartEvent && ++depth > DEPTH) {
                int line = event.getStartMark().map(Mark::getLine).orElse(0) + 1;
                throw at(line).refuse("values are nested more than " + DEPTH + " deep");
            }
            if (event instanceof CollectionEndEvent) {
                depth--;
            }
        }
    }

    private String explain(MarkedYamlEngineException e) {
        String problem = oneLine(e.getProblem());
        if (problem.contains("\\t") || problem.contains("TAB") || problem.indexOf('\t') >= 0) {
            return "a tab where only spaces are allowed; indent with spaces";
        }
        if (problem.contains("another document")) {
            return "a second document begins here; one file holds one " + kind.about();
        }
        return problem;
    }

    private static String oneLine(String message) {
        return message == null
                ? "it cannot be read"
                : message.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    }

    private Tree convert(Node node) {
        if (++values > VALUES) {
            throw place(node)
                    .refuse("the file stands for more than " + VALUES + " values; write aliases out or remove them");
        }
        if (!open.add(node)) {
            throw place(node).refuse("an alias contains itself; write the value out");
        }
        Tree tree;
        if (node instanceof MappingNode mapping) {
            tree = mapping(mapping);
        } else if (node instanceof SequenceNode sequence) {
            checkTag(node, Tag.SEQ);
            var items = new ArrayList<Tree>();
            sequence.getValue().forEach(item -> items.add(convert(item)));
            tree = new Tree.Items(place(node), items);
        } else {
            tree = scalar((ScalarNode) node);
        }
        open.remove(node);
        return tree;
    }

    private Tree mapping(MappingNode node) {
        checkTag(node, Tag.MAP);
        var entries = new LinkedHashMap<String, Tree.Entry>();
        for (NodeTuple tuple : node.getValue()) {
            Place place = place(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw place.refuse("a key is a list or a mapping; keys are words");
            }
            Tree.Entry earlier = entries.get(key.getValue());
            if (earlier != null) {
                throw place.refuse("the key '" + Tree.printable(key.getValue()) + "' is already given in line "
                        + earlier.place().line() + "; keep one of the two");
            }
            entries.put(key.getValue(), new Tree.Entry(place, convert(tuple.getValueNode())));
        }
        return new Tree.Mapping(place(node), entries);
    }

    private Tree.Scalar scalar(ScalarNode node) {
        Tree.Scalar.Kind kind = node.isPlain() ? Numbers.kind(node.getValue()) : Tree.Scalar.Kind.TEXT;
        checkTag(
                node,
                switch (kind) {
                    case TEXT -> Tag.STR;
                    case WHOLE -> Tag.INT;
                    case DECIMAL -> Tag.FLOAT;
                    case FLAG -> Tag.BOOL;
                    case NOTHING -> Tag.NULL;
                });
        return new Tree.Scalar(place(node), node.getValue(), kind);
    }

    private void checkTag(Node node, Tag implied) {
        if (!node.getTag().equals(implied)) {
            throw place(node)
                    .refuse("the tag " + Tree.printable(node.getTag().getValue()) + " is not allowed; leave it out");
        }
    }

    private Place place(Node node) {
        return at(node.getStartMark().map(Mark::getLine).orElse(0) + 1);
    }

    private Place at(int line) {
        return new Place(file, line);
    }
}
