package io.weft.plugins;

import io.weft.api.plugin.Plugin;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The plugin services of this runtime, and the plugin folders they come from; nobody else looks them up.
 *
 * <p>Of two plugins of one kind and name, one from the home's folder comes before one of the distribution, then the higher bundle
 * version, then the newer file. What a lease holds is never exchanged under it.
 */
@ProviderType
public interface Plugins {

    /**
     * Holds a plugin until the lease is closed. The plugin's own code runs for the first time here, never for a listing.
     *
     * @throws MissingPlugin when there is none of that kind and name that works
     */
    <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin;

    /**
     * Tells the listener, on a thread of this service, that leases may come out differently from now on; it returns at once. Plugins
     * that never change tell nobody.
     */
    default Registration onChange(Runnable listener) {
        return () -> {};
    }

    /** Ends what it was given for. */
    @FunctionalInterface
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Every plugin service there is, by kind and name; of those of one kind and name, the active one first. */
    List<PluginService> services();

    /** Every file in the plugin folders, by path; none where plugins do not come from folders. */
    default List<PluginFile> files() {
        return List.of();
    }
}
