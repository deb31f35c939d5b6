package io.weft.plugins;

/** Where a file of a plugin folder, or a plugin service, stands. */
public enum PluginState {
    /** New leases get it. */
    ACTIVE,
    /** It would be, but another plugin of the same kind and name comes before it. */
    SHADOWED,
    /** Its file is gone or has other contents; it works until its last lease closes. */
    DRAINING,
    /** It does not work; the reason says why not. */
    INACTIVE
}
