package io.weft.server;

import io.weft.exchange.Cancellation;
import io.weft.plugins.Plugins;
import io.weft.server.internal.VerifiedJob;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What was found when a job's record was held against its files.
 *
 * @param sound whether everything is as it was written down
 * @param lines what was recomputed, what was only checked, and what is wrong
 */
public record Verification(boolean sound, List<String> lines) {

    public Verification {
        lines = List.copyOf(lines);
    }

    /**
     * Looks at a job that runs or is over: the chain of its events, the digest of every file that is on record, and for each round whose
     * updates are kept whether its aggregator makes the round's model of them. Changes nothing in the folder.
     *
     * @param plugins among which the job's aggregator and quantizers are; without them rounds are only checked
     * @throws io.weft.api.plugin.Refusal when there is no job in the folder, or an older Weft wrote its record
     */
    public static Verification of(Path folder, Plugins plugins, Cancellation cancellation) throws IOException {
        return new VerifiedJob(folder, plugins, cancellation).verified();
    }
}
