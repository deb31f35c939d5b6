package io.weft.plugins;

import io.weft.api.plugin.Plugin;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** A plugin that is held: its bundle stays installed and started while the lease is open. */
@ProviderType
public interface Lease<P extends Plugin> extends AutoCloseable {

    P plugin();

    /** The symbolic name of the plugin's bundle. */
    String bundle();

    /** The version of the plugin's bundle. */
    String version();

    /** SHA-256 (hex) of the bundle's jar. */
    String sha256();

    /** Whether a new lease of the same kind and name would hold the same jar. */
    default boolean isCurrent() {
        return true;
    }

    /**
     * The threads that the plugin's jar has left behind, by what a person needs to find them; each is named once. To be asked after
     * closing. Empty as long as somebody else holds the jar, and for the bundles that come with the runtime.
     */
    default List<String> threadsLeft() {
        return List.of();
    }

    @Override
    void close();
}
