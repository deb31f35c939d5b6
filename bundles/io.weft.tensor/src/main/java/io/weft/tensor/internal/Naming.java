package io.weft.tensor.internal;

import io.weft.api.tensor.TensorSpec;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a tensor's section and name become the one name that a file has for it. */
public enum Naming {
    /** Names as they stand; there is no section but the model's. */
    PLAIN {
        @Override
        String stored(TensorSpec tensor) {
            if (!tensor.section().equals(TensorSpec.MODEL)) {
                throw new IllegalArgumentException("tensor '%s' of the section '%s' has no place in a checkpoint"
                        .formatted(tensor.name(), tensor.section()));
            }
            return tensor.name();
        }

        @Override
        TensorKey key(String stored) {
            return new TensorKey(TensorSpec.MODEL, stored);
        }
    },

    /** {@code section:name}; the model's section is left out unless the name itself looks like that. */
    SECTIONS {
        @Override
        String stored(TensorSpec tensor) {
            if (!SECTION_NAME.matcher(tensor.section()).matches()) {
                throw new IllegalArgumentException("section '%s' is not made of lower-case letters, digits and hyphens"
                        .formatted(tensor.section()));
            }
            boolean bare = tensor.section().equals(TensorSpec.MODEL)
                    && !SECTIONED.matcher(tensor.name()).matches();
            return bare ? tensor.name() : tensor.section() + ":" + tensor.name();
        }

        @Override
        TensorKey key(String stored) {
            Matcher sectioned = SECTIONED.matcher(stored);
            return sectioned.matches()
                    ? new TensorKey(sectioned.group(1), sectioned.group(2))
                    : new TensorKey(TensorSpec.MODEL, stored);
        }
    };

    private static final Pattern SECTION_NAME = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Pattern SECTIONED = Pattern.compile("(" + SECTION_NAME + "):(.*)", Pattern.DOTALL);

    abstract String stored(TensorSpec tensor);

    abstract TensorKey key(String stored);
}
