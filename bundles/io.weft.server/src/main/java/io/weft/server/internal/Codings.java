package io.weft.server.internal;

import io.weft.api.exchange.Quantizer;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorSpec;
import io.weft.exchange.coding.Coding;
import io.weft.job.CodingSettings;
import io.weft.job.Job;
import io.weft.plugins.JobScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a round's models and updates are coded on their way; empty where they go as they are. */
record Codings(Optional<Coding> up, Optional<Coding> down) {

    /** So many tensors tell what names look like. */
    private static final int SHOWN = 3;

    /** Nothing is coded. */
    static final Codings NONE = new Codings(Optional.empty(), Optional.empty());

    /** Holds the quantizers that a job names. */
    static Codings of(Job job, JobScope scope) {
        return new Codings(
                job.codedUp().map(settings -> of(settings, scope)),
                job.codedDown().map(settings -> of(settings, scope)));
    }

    private static Coding of(CodingSettings settings, JobScope scope) {
        Partner<Quantizer> quantizer = scope.plugin(Quantizer.class, settings.section());
        try {
            return new Coding(settings.section().type(), quantizer, rules(settings));
        } catch (Refusal e) {
            throw settings.section().refuse(e.getMessage()); // only here is it known in which line the options stand
        }
    }

    private static Coding.Rules rules(CodingSettings settings) {
        return new Coding.Rules(settings.except(), settings.smallest(), settings.errorFeedback());
    }

    /** What a person should know of a job's patterns: one that is for no tensor stops nothing, and may be misspelt. */
    static List<String> notes(Job job, List<TensorSpec> exchanged) {
        List<String> notes = new ArrayList<>();
        job.codedUp().ifPresent(up -> notes.addAll(notes(job, "up", rules(up), exchanged)));
        job.codedDown().ifPresent(down -> notes.addAll(notes(job, "down", rules(down), exchanged)));
        return notes;
    }

    private static List<String> notes(Job job, String direction, Coding.Rules rules, List<TensorSpec> exchanged) {
        String there = exchanged.stream().map(TensorSpec::name).limit(SHOWN).collect(Collectors.joining(", "))
                + (exchanged.size() > SHOWN ? ", …" : "");
        return rules.unmatched(exchanged).stream()
                .map(glob -> job.where("wire", direction, "except") + ": the pattern '" + glob
                        + "' matches none of the tensors that cross the wire (" + there
                        + "); a pattern is for the whole name, and * stands for any text")
                .toList();
    }
}
