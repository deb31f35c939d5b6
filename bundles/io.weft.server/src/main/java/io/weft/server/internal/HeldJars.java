package io.weft.server.internal;

import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Which jar each plugin of the server came from, so that who watches is told when one was exchanged. */
final class HeldJars {

    private static final int SHOWN = 12;

    private final Map<String, String> digests = new ConcurrentHashMap<>();

    /** Notes a lease; gives a sentence when the plugin's jar is another one than before. */
    Optional<String> changed(int round, String kind, String name, Lease<?> lease) {
        String plugin = MissingPlugin.words(kind) + " '" + name + "'";
        String before = digests.put(plugin, lease.sha256());
        return before == null || before.equals(lease.sha256())
                ? Optional.empty()
                : Optional.of("from round " + round + " on " + plugin + " is another jar: " + lease.bundle() + " "
                        + lease.version() + ", sha256 "
                        + lease.sha256()
                                .substring(0, Math.min(SHOWN, lease.sha256().length())) + "…");
    }
}
