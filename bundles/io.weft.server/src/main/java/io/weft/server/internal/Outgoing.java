package io.weft.server.internal;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.workflow.ModelRef;
import io.weft.exchange.coding.CodedModel;
import io.weft.exchange.coding.Coding;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Models that are coded once, for all sites that pull them, until others take their place. */
final class Outgoing implements AutoCloseable {

    /** What the name of a coded model begins with, before that of the model. */
    static final String PREFIX = "coded/";

    private final Models models;
    private final JobFolder folder;
    private volatile Map<String, CodedModel> coded = Map.of();

    Outgoing(Models models, JobFolder folder) {
        this.models = models;
        this.folder = folder;
    }

    /** Codes the models of a round. */
    void code(Coding coding, int round, Set<ModelRef> references, List<TensorSpec> tensors) throws IOException {
        close();
        Map<String, CodedModel> made = new TreeMap<>();
        // What is left over belongs to one line of models.
        Coding used = references.size() == 1 ? coding : coding.withoutFeedback();
        for (ModelRef reference : references) {
            try (TensorReader model = models.open(reference)) {
                made.put(
                        PREFIX + reference.id(),
                        used.encode(model, tensors, round, folder.outgoing(round, made.size())));
            }
        }
        coded = made;
    }

    /** The coded form of a model; empty when it is sent as it is. */
    Optional<CodedModel> of(ModelRef reference) {
        return Optional.ofNullable(coded.get(PREFIX + reference.id()));
    }

    TensorReader open(String name) throws IOException {
        CodedModel model = coded.get(name);
        if (model == null) {
            throw new Refusal("there is no model '" + name + "' in this job any more");
        }
        return model.open();
    }

    /** Removes the coded models. */
    @Override
    public void close() throws IOException {
        Map<String, CodedModel> former = coded;
        coded = Map.of();
        for (CodedModel model : former.values()) {
            model.delete();
        }
    }
}
