package io.weft.plugins;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Marks what a thread does as a plugin's, until it is closed: its context class loader is the plugin's. Libraries in the plugin then find
 * their services, and a thread that the plugin starts inherits the mark, so that it is known whose it is when it is left behind.
 */
public final class PluginCode implements AutoCloseable {

    /** Where a thread waits is Java's; who waits there is what matters. */
    private static final Pattern OF_JAVA = Pattern.compile("(java|javax|jdk|sun)\\..*");

    private final Thread thread = Thread.currentThread();
    private final ClassLoader before = thread.getContextClassLoader();

    private PluginCode() {}

    /** What the calling thread does from now on is this plugin's, or of something that it made. */
    public static PluginCode of(Object plugin) {
        PluginCode code = new PluginCode();
        code.thread.setContextClassLoader(plugin.getClass().getClassLoader());
        return code;
    }

    /** The class and method that a thread is in, Java's own left out; empty when it is in none. */
    public static Optional<String> place(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .filter(frame -> !OF_JAVA.matcher(frame.getClassName()).matches())
                .findFirst()
                .map(frame -> frame.getClassName() + "." + frame.getMethodName());
    }

    /** To be called by the same thread. */
    @Override
    public void close() {
        thread.setContextClassLoader(before);
    }
}
