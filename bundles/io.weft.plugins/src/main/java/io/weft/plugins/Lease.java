package io.weft.plugins;

import io.weft.api.plugin.Plugin;
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

    @Override
    void close();
}
