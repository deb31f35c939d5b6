package io.weft.plugins;

/**
 * Marks what a thread does as a plugin's, until it is closed: its context class loader is the plugin's. Libraries in the plugin then find
 * their services, and a thread that the plugin starts inherits the mark, so that it is known whose it is when it is left behind.
 */
public final class PluginCode implements AutoCloseable {

    private final Thread thread = Thread.currentThread();
    private final ClassLoader before = thread.getContextClassLoader();

    private PluginCode() {}

    /** What the calling thread does from now on is this plugin's, or of something that it made. */
    public static PluginCode of(Object plugin) {
        PluginCode code = new PluginCode();
        code.thread.setContextClassLoader(plugin.getClass().getClassLoader());
        return code;
    }

    /** To be called by the same thread. */
    @Override
    public void close() {
        thread.setContextClassLoader(before);
    }
}
