package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.server.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a federation gained.
 *
 * @param measured the models, measured on the validation records of all sites; empty when nothing was measured
 * @param samples prompts continued by the base and by the result
 */
record Comparison(List<Measured> measured, List<Sample> samples) {

    /** Who made a model. */
    enum Maker {
        BASE,
        SITE,
        FEDERATION
    }

    /**
     * One model's measure.
     *
     * @param loss the mean over the labelled tokens of all sites' validation records, in fp32
     * @param tokens how many those are
     */
    record Measured(Maker maker, String name, double loss, long tokens, long samples) {}

    /** One prompt and its two continuations, each on one line. */
    record Sample(String prompt, String before, String after) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    Comparison {
        measured = List.copyOf(measured);
        samples = List.copyOf(samples);
    }

    /** For a person to read. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (!measured.isEmpty()) {
            Measured any = measured.get(0);
            lines.add("");
            lines.add("loss on the validation records of all sites (" + any.samples() + " records, " + any.tokens()
                    + " tokens, in fp32):");
            List<List<String>> rows = measured.stream()
                    .map(model -> List.of("  " + model.name(), Figures.loss(model.loss())))
                    .toList();
            lines.addAll(Table.aligned(rows, column -> column == 0));
            lines.add(verdict());
        }
        for (Sample sample : samples) {
            lines.add("");
            lines.add(sample.prompt());
            lines.add("  before: " + sample.before());
            lines.add("  after:  " + sample.after());
        }
        return lines;
    }

    /** For a program to read. */
    ObjectNode json() {
        ObjectNode object = JSON.createObjectNode().put("event", "compared");
        ArrayNode losses = object.putArray("losses");
        for (Measured model : measured) {
            losses.addObject()
                    .put("model", model.name())
                    .put("loss", model.loss())
                    .put("tokens", model.tokens());
        }
        ArrayNode continued = object.putArray("samples");
        for (Sample sample : samples) {
            continued
                    .addObject()
                    .put("prompt", sample.prompt())
                    .put("before", sample.before())
                    .put("after", sample.after());
        }
        return object;
    }

    private String verdict() {
        double federated = loss(Maker.FEDERATION).orElseThrow();
        OptionalDouble best = loss(Maker.SITE);
        double other = best.orElseGet(() -> loss(Maker.BASE).orElseThrow());
        String than = best.isPresent() ? "the best site alone" : "the base";
        double gain = other - federated;
        return "the federation's model is " + Figures.loss(Math.abs(gain)) + (gain >= 0 ? " better" : " worse")
                + " than " + than;
    }

    private OptionalDouble loss(Maker maker) {
        return measured.stream()
                .filter(model -> model.maker() == maker)
                .mapToDouble(Measured::loss)
                .min();
    }
}
