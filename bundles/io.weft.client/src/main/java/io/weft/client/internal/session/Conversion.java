package io.weft.client.internal.session;

import io.weft.client.ElementType;
import io.weft.client.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Makes tensors of the types that a model has. A site takes any floating-point type for another; whole numbers and truth values,
 * which programs tend to compute with as floats, are rounded here.
 */
final class Conversion {

    private Conversion() {}

    static Map<String, Tensor> to(Map<String, ElementType> types, Map<String, Tensor> params) {
        Map<String, Tensor> converted = new LinkedHashMap<>();
        params.forEach((name, tensor) -> converted.put(
                name,
                Optional.ofNullable(types.get(name))
                        .filter(type -> type != tensor.type()
                                && !(type.floating() && tensor.type().floating()))
                        .map(type -> converted(name, tensor, type))
                        .orElse(tensor)));
        return converted;
    }

    private static Tensor converted(String name, Tensor tensor, ElementType type) {
        double[] values = tensor.doubles();
        if (type.floating()) {
            return Tensor.of(values, tensor.shape());
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, type.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; i++) {
            if (!Numbers.putWhole(type, values[i], bytes, i)) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "' has the value " + values[i] + ", which " + type + " does not hold");
            }
        }
        return Tensor.of(type, bytes, tensor.shape());
    }
}
