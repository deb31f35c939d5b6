package io.weft.plugins;

import java.util.Comparator;

/**
 * A plugin service as it is listed.
 *
 * @param kind the simple name of its interface, such as {@code Aggregator}
 * @param name the name that job files use
 * @param bundle the symbolic name of its bundle
 * @param version the version of its bundle
 * @param reason what comes before it, what holds it, or why it does not work; empty text when it is active
 */
public record PluginService(String kind, String name, String bundle, String version, PluginState state, String reason)
        implements Comparable<PluginService> {

    private static final Comparator<PluginService> ORDER = Comparator.comparing(PluginService::kind)
            .thenComparing(PluginService::name)
            .thenComparing(PluginService::state)
            .thenComparing(PluginService::bundle)
            .thenComparing(PluginService::version)
            .thenComparing(PluginService::reason);

    /** One that leases get. */
    public PluginService(String kind, String name, String bundle, String version) {
        this(kind, name, bundle, version, PluginState.ACTIVE, "");
    }

    @Override
    public int compareTo(PluginService other) {
        return ORDER.compare(this, other);
    }
}
