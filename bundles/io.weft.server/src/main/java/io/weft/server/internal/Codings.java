package io.weft.server.internal;

import io.weft.api.exchange.Quantizer;
import io.weft.exchange.coding.Coding;
import io.weft.job.CodingSettings;
import io.weft.job.Job;
import io.weft.plugins.JobScope;
import java.util.Optional;

/** How a round's models and updates are coded on their way; empty where they go as they are. */
record Codings(Optional<Coding> up, Optional<Coding> down) {

    /** Nothing is coded. */
    static final Codings NONE = new Codings(Optional.empty(), Optional.empty());

    /** Holds the quantizers that a job names. */
    static Codings of(Job job, JobScope scope) {
        return new Codings(
                job.codedUp().map(settings -> of(settings, scope)),
                job.codedDown().map(settings -> of(settings, scope)));
    }

    private static Coding of(CodingSettings settings, JobScope scope) {
        return new Coding(
                settings.section().type(),
                scope.plugin(Quantizer.class, settings.section()),
                new Coding.Rules(settings.except(), settings.smallest(), settings.errorFeedback()));
    }
}
