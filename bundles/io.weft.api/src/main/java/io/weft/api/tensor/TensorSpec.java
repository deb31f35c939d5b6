package io.weft.api.tensor;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One tensor of a {@link Manifest}.
 *
 * @param section {@link #MODEL}, or a section of a plugin's own such as {@code base-delta} or {@code control}
 * @param name the tensor's name within its section, as the result's files have it
 * @param type the element type in the result's files; while training and on the way float tensors are {@code F32}
 * @param traits what aggregators pair and scale by: {@code module}, {@code role} ({@code lora_A}), {@code scale} ({@code 2.0})
 */
public record TensorSpec(String section, String name, DType type, Shape shape, SortedMap<String, String> traits) {

    /** The section of the exchanged model itself. */
    public static final String MODEL = "model";

    /**
     * The section of weights that belong to the result and never change, under their names and in their types there: they come with
     * the first model and are not exchanged in rounds.
     */
    public static final String FROZEN = "frozen";

    /** The trait that names the module a tensor belongs to. */
    public static final String MODULE = "module";

    /** The trait that names the part a tensor plays in its module. */
    public static final String ROLE = "role";

    /** The trait with the factor by which the product of a module's tensors enters the model. */
    public static final String SCALE = "scale";

    public TensorSpec {
        traits = Collections.unmodifiableSortedMap(new TreeMap<>(traits));
    }

    /** A tensor of the section {@link #MODEL} without traits. */
    public static TensorSpec of(String name, DType type, Shape shape) {
        return new TensorSpec(MODEL, name, type, shape, Collections.emptySortedMap());
    }

    /** The same tensor with another element type. */
    public TensorSpec as(DType other) {
        return new TensorSpec(section, name, other, shape, traits);
    }

    /** The same tensor with these traits. */
    public TensorSpec with(Map<String, String> other) {
        return new TensorSpec(section, name, type, shape, new TreeMap<>(other));
    }

    public Optional<String> trait(String key) {
        return Optional.ofNullable(traits.get(key));
    }

    public long elements() {
        return shape.elements();
    }

    /** The size of all elements in bytes. */
    public long bytes() {
        return Math.multiplyExact(elements(), type.bytes());
    }
}
