package io.weft.plugins;

import io.weft.api.plugin.Plugin;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The plugin services of this runtime; nobody else looks them up. */
@ProviderType
public interface Plugins {

    /**
     * Holds a plugin until the lease is closed. The plugin's own code runs for the first time here, never for a listing.
     *
     * @throws MissingPlugin when there is none of that kind and name
     */
    <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin;

    /** Every plugin service there is, by kind and name. */
    List<PluginService> services();
}
