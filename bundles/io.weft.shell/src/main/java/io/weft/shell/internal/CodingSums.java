package io.weft.shell.internal;

import io.weft.server.Figures;
import io.weft.server.JobEvent;
import java.util.Locale;
import java.util.Optional;

/** What coding saved and cost in one direction of a run. Not safe for use by several threads. */
final class CodingSums {

    private int transfers;
    private long logicalBytes;
    private long encodedBytes;
    private double encodeSeconds;
    private double decodeSeconds;
    private double largestError;

    void add(JobEvent.Coded coded) {
        transfers++;
        logicalBytes += coded.logicalBytes();
        encodedBytes += coded.encodedBytes();
        encodeSeconds += coded.encodeSeconds();
        decodeSeconds += coded.decodeSeconds();
        largestError = Math.max(largestError, coded.relativeError());
    }

    /** In words, such as {@code up: 2.1 MB for 15.0 MB (7.1 times fewer) …}; empty when nothing was coded. */
    Optional<String> line(String direction) {
        return transfers == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "coded %s: %s for %s (%.1f times fewer), error at most %.2f %%, %.0f ms to code and %.0f ms to decode a"
                                + " transfer",
                        direction,
                        Figures.bytes(encodedBytes),
                        Figures.bytes(logicalBytes),
                        (double) logicalBytes / encodedBytes,
                        largestError * 100,
                        encodeSeconds * 1e3 / transfers,
                        decodeSeconds * 1e3 / transfers));
    }
}
