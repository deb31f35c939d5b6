package io.weft.tensor.internal;

import io.weft.api.tensor.TensorSpec;

/** What a reader or writer finds a tensor by. */
record TensorKey(String section, String name) {

    static TensorKey of(TensorSpec tensor) {
        return new TensorKey(tensor.section(), tensor.name());
    }

    @Override
    public String toString() {
        return section.equals(TensorSpec.MODEL) ? name : section + ":" + name;
    }
}
