package io.weft.lm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorSpec;
import io.weft.lm.tuning.Folding;
import io.weft.tensor.JsonProblem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A checkpoint whose output projection was tied to the input embeddings and no longer is: it has the weight of its own, and its
 * configuration says so.
 */
record Untied(Manifest manifest, TensorSpec embedding) {

    private static final String CONFIG = "config.json";
    private static final String TIED = "tie_word_embeddings";
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The untied form of a base, when the folding has an output projection of its own and the base ties it. */
    static Optional<Untied> of(Manifest base, Folding folding) {
        Optional<TensorSpec> embedding = base.tensor(EMBEDDING);
        Optional<Companion> config = base.companion(CONFIG);
        if (!folding.weights().contains(HEAD) || embedding.isEmpty() || config.isEmpty()) {
            return Optional.empty();
        }
        return config(config.get())
                .filter(values -> values.path(TIED).asBoolean(false))
                .map(values -> of(base, embedding.get(), values));
    }

    private static Untied of(Manifest base, TensorSpec embedding, ObjectNode config) {
        List<TensorSpec> tensors = new ArrayList<>(base.tensors());
        if (base.tensor(HEAD).isEmpty()) {
            tensors.add(TensorSpec.of(HEAD, embedding.type(), embedding.shape()));
        }
        config.put(TIED, false);
        Companion untied = new Companion(CONFIG, (config.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        List<Companion> companions = base.companions().stream()
                .map(file -> file.path().equals(CONFIG) ? untied : file)
                .toList();
        return new Untied(new Manifest(base.layout(), tensors, companions, base.baseDigest()), embedding);
    }

    private static Optional<ObjectNode> config(Companion file) {
        try {
            JsonNode config = JSON.readTree(file.text());
            return config instanceof ObjectNode values ? Optional.of(values) : Optional.empty();
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal(CONFIG, e, "copy it anew from where the model came");
        }
    }

    /** The base's tensor from whose values a merged one starts. */
    TensorSpec source(TensorSpec merged) {
        return merged.name().equals(HEAD) ? embedding : merged;
    }
}
