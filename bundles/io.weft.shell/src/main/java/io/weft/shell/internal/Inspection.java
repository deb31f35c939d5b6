package io.weft.shell.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.server.Figures;
import io.weft.tensor.JsonProblem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What {@code weft inspect} shows of a manifest, as one JSON object and as lines for a person. */
final class Inspection {

    private static final String CONFIG = "config.json";
    private static final String ADAPTER_CONFIG = "adapter_config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path path;
    private final Manifest manifest;
    private final Map<String, String> additions;

    private Inspection(Path path, Manifest manifest, Map<String, String> additions) {
        this.path = path;
        this.manifest = manifest;
        this.additions = additions;
    }

    static Inspection of(Path path, Manifest manifest) {
        return new Inspection(path, manifest, Map.of());
    }

    /** The same with one more fact. */
    Inspection with(String key, String value) {
        var more = new LinkedHashMap<>(additions);
        more.put(key, value);
        return new Inspection(path, manifest, more);
    }

    ObjectNode json() {
        ObjectNode object = JSON.createObjectNode();
        object.put("path", path.toString())
                .put("kind", kind())
                .put("parameters", parameters())
                .put("bytes", manifest.bytes());
        additions.forEach(object::put);
        config().ifPresent(config -> object.set("config", config));
        tokenizer().ifPresent(tokenizer -> object.set("tokenizer", tokenizer));
        ArrayNode tensors = object.putArray("tensors");
        for (TensorSpec tensor : manifest.tensors()) {
            ObjectNode one = tensors.addObject();
            one.put("name", tensor.name()).put("dtype", tensor.type().name());
            ArrayNode shape = one.putArray("shape");
            tensor.shape().dimensions().forEach(shape::add);
            one.put("bytes", tensor.bytes());
        }
        return object;
    }

    List<String> lines() {
        List<List<String>> facts = new ArrayList<>();
        facts.add(List.of(kind(), path.toString()));
        config().ifPresent(config -> facts.add(
                manifest.companion(CONFIG).isPresent()
                        ? List.of("model", model(config))
                        : List.of("method", method(config))));
        tokenizer().ifPresent(tokenizer -> facts.add(List.of("tokenizer", text(tokenizer))));
        facts.add(List.of("tensors", sum()));
        additions.forEach((key, value) -> facts.add(List.of(key, value)));
        List<String> lines = new ArrayList<>(Table.leftAligned(facts));
        lines.add("");
        lines.addAll(TensorTable.lines(manifest.tensors()));
        return lines;
    }

    private String kind() {
        if (manifest.companion(ADAPTER_CONFIG).isPresent()) {
            return "adapter";
        }
        return manifest.companion(CONFIG).isPresent() ? "checkpoint" : "file";
    }

    private long parameters() {
        return manifest.tensors().stream().mapToLong(TensorSpec::elements).sum();
    }

    private String sum() {
        String types = manifest.tensors().stream()
                .map(tensor -> tensor.type().name())
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
        return Figures.whole(manifest.tensors().size()) + " with " + Figures.whole(parameters()) + " parameters"
                + (types.isEmpty() ? "" : " in " + types) + ", " + Figures.bytes(manifest.bytes());
    }

    private Optional<JsonNode> config() {
        return manifest.companion(ADAPTER_CONFIG)
                .or(() -> manifest.companion(CONFIG))
                .map(this::read);
    }

    /** Families name the same things differently; these are the names that Transformers' configurations use. */
    private static String model(JsonNode config) {
        String family = config.path("architectures")
                .path(0)
                .asText(config.path("model_type").asText("unknown family"));
        List<String> facts = new ArrayList<>();
        number(config, "num_hidden_layers", "n_layer").ifPresent(layers -> facts.add(layers + " layers"));
        number(config, "hidden_size", "n_embd", "d_model").ifPresent(width -> facts.add("hidden " + width));
        number(config, "intermediate_size", "n_inner").ifPresent(width -> facts.add("MLP " + width));
        number(config, "num_attention_heads", "n_head")
                .ifPresent(heads -> facts.add(heads + " heads"
                        + number(config, "num_key_value_heads")
                                .map(few -> " (" + few + " of keys and values)")
                                .orElse("")));
        number(config, "vocab_size").ifPresent(tokens -> facts.add("vocabulary " + tokens));
        number(config, "max_position_embeddings", "n_positions").ifPresent(most -> facts.add(most + " positions"));
        if (config.path("tie_word_embeddings").asBoolean(false)) {
            facts.add("tied embeddings");
        }
        return family + (facts.isEmpty() ? "" : ": " + String.join(", ", facts));
    }

    /** What PEFT's configuration of an adapter says, for the methods that have these keys. */
    private static String method(JsonNode config) {
        List<String> facts = new ArrayList<>();
        number(config, "r").ifPresent(rank -> facts.add("rank " + rank));
        number(config, "lora_alpha").ifPresent(alpha -> facts.add("alpha " + alpha));
        number(config, "num_virtual_tokens").ifPresent(tokens -> facts.add(tokens + " virtual tokens"));
        JsonNode targets = config.path("target_modules");
        if (!targets.isMissingNode() && !targets.isNull()) {
            facts.add("on " + (targets.isTextual() ? targets.asText() : joined(targets)));
        }
        String base = config.path("base_model_name_or_path").asText("");
        if (!base.isEmpty() && !config.path("base_model_name_or_path").isNull()) {
            facts.add("for " + base);
        }
        return config.path("peft_type").asText("unknown") + (facts.isEmpty() ? "" : ": " + String.join(", ", facts));
    }

    private static String joined(JsonNode texts) {
        return StreamSupport.stream(texts.spliterator(), false)
                .map(JsonNode::asText)
                .sorted()
                .collect(Collectors.joining(" "));
    }

    private static Optional<String> number(JsonNode config, String... names) {
        return Stream.of(names)
                .map(config::path)
                .filter(JsonNode::isNumber)
                .map(JsonNode::asText)
                .findFirst();
    }

    private Optional<ObjectNode> tokenizer() {
        return manifest.companion(TOKENIZER).map(this::read).map(tokenizer -> {
            ObjectNode object = JSON.createObjectNode();
            object.put("type", tokenizer.path("model").path("type").asText("unknown"));
            object.put("tokens", tokens(tokenizer));
            Optional<JsonNode> config = manifest.companion(TOKENIZER_CONFIG).map(this::read);
            config.map(settings -> settings.path("eos_token"))
                    .map(token -> token.isObject() ? token.path("content") : token)
                    .filter(JsonNode::isTextual)
                    .ifPresent(token -> object.put("endOfSequence", token.asText()));
            object.put(
                    "chatTemplate",
                    manifest.companion("chat_template.jinja").isPresent()
                            || config.filter(settings -> settings.hasNonNull("chat_template"))
                                    .isPresent());
            return object;
        });
    }

    /** The vocabulary, and the tokens that were added to it. A unigram model lists its vocabulary, the others map it to ids. */
    private static int tokens(JsonNode tokenizer) {
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        Set<String> names = new HashSet<>();
        if (vocabulary.isObject()) {
            vocabulary.fieldNames().forEachRemaining(names::add);
        } else {
            vocabulary.forEach(entry -> names.add(entry.path(0).asText()));
        }
        tokenizer
                .path("added_tokens")
                .forEach(token -> names.add(token.path("content").asText()));
        return names.size();
    }

    private static String text(ObjectNode tokenizer) {
        return tokenizer.path("type").asText() + ": "
                + Figures.whole(tokenizer.path("tokens").asInt()) + " tokens"
                + (tokenizer.has("endOfSequence")
                        ? ", end of sequence " + tokenizer.path("endOfSequence").asText()
                        : "")
                + (tokenizer.path("chatTemplate").asBoolean() ? ", with a chat template" : "");
    }

    private JsonNode read(Companion file) {
        try {
            return JSON.readTree(file.text());
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(
                    path.resolve(file.path()).toString(), e, "copy it anew from where the model came");
        }
    }
}
