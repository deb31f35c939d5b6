package io.weft.lm.internal.text;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.lm.DatasetDescription;
import io.weft.lm.DatasetRequest;
import io.weft.lm.Datasets;
import io.weft.tensor.JsonProblem;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Datasets on this machine. */
@Component
public final class LocalDatasets implements Datasets {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ComponentServiceObjects<Engine> engine;

    /** The tokenizer is native and comes with the engine, which is taken when tokens are asked for. */
    @Activate
    public LocalDatasets(@Reference(service = Engine.class) ComponentServiceObjects<Engine> engine) {
        this.engine = engine;
    }

    @Override
    public List<String> templates() {
        return Templates.list();
    }

    @Override
    public DatasetDescription describe(DatasetRequest request, Optional<Manifest> model) throws IOException {
        if (model.isEmpty()) {
            return DatasetSurvey.of(request, Optional.empty(), Records.USUAL_LENGTH);
        }
        int maxLength = maxLength(request, positions(model.get()));
        Engine loaded = engine.getService();
        try (Tokenizer tokenizer = Tokenizer.from(model.get())) {
            return DatasetSurvey.of(request, Optional.of(tokenizer), maxLength);
        } finally {
            engine.ungetService(loaded);
        }
    }

    private static int maxLength(DatasetRequest request, OptionalInt limit) {
        int length = request.maxLength().orElse(Math.min(Records.USUAL_LENGTH, limit.orElse(Records.USUAL_LENGTH)));
        if (limit.isPresent() && length > limit.getAsInt()) {
            throw new Refusal("the model has positions for " + limit.getAsInt() + " tokens, so records of " + length
                    + " do not fit; give a smaller maximum length");
        }
        return length;
    }

    /** The model's limit, by the two names that Transformers' configurations have for it. */
    private static OptionalInt positions(Manifest model) {
        Optional<Companion> file = model.companion("config.json");
        if (file.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            JsonNode config = JSON.readTree(file.get().text());
            JsonNode positions = config.path("max_position_embeddings").isInt()
                    ? config.path("max_position_embeddings")
                    : config.path("n_positions");
            return positions.isInt() ? OptionalInt.of(positions.asInt()) : OptionalInt.empty();
        } catch (JsonProcessingException e) {
            throw JsonProblem.refusal("config.json", e, "copy it anew from where the model came");
        }
    }
}
