package io.weft.api.plugin;

/**
 * How a plugin declares its options: an annotation interface in which every method is an option, its name the key in the job
 * file, its default the default, and {@link Option} its sentence and range. A method without a default must be given.
 *
 * <p>Supported types are {@code boolean}, {@code int}, {@code long}, {@code double}, {@code String}, enums, and arrays of
 * {@code String}; a lone string is accepted where an array is expected. The key {@code type} is the plugin's own name and never
 * an option.
 */
public final class Options {

    private Options() {}

    /** The options of a plugin that has none. */
    public @interface None {}
}
