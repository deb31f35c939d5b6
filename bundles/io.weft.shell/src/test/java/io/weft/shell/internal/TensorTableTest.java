package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTableTest {

    @Test
    void equalTensorsOfNumberedLayersShareALine() {
        assertEquals(
                List.of(
                        "tensor                      dtype  shape           bytes",
                        "embed.weight                BF16   [100, 10]      2.0 kB",
                        "layers.0-1,3.mlp.up.weight  BF16   [10, 10]   ×3   600 B",
                        "layers.2.mlp.up.weight      F32    [10, 10]        400 B",
                        "layers.4.mlp.up.weight      BF16   [10, 20]        400 B"),
                TensorTable.lines(List.of(
                        bfloat16("embed.weight", 100, 10),
                        bfloat16("layers.3.mlp.up.weight", 10, 10),
                        bfloat16("layers.1.mlp.up.weight", 10, 10),
                        TensorSpec.of("layers.2.mlp.up.weight", DType.F32, Shape.of(10, 10)),
                        bfloat16("layers.0.mlp.up.weight", 10, 10),
                        bfloat16("layers.4.mlp.up.weight", 10, 20))));
    }

    @Test
    void namesCannotGiveOrdersToATerminal() {
        assertEquals(
                List.of(
                        "tensor                    dtype  shape    bytes",
                        "a\\u000a\\u001b[31mb\\u202e  BF16   [1]        2 B"),
                TensorTable.lines(List.of(bfloat16("a\n\u001b[31mb\u202e", 1))));
    }

    @Test
    void numbersThatAreNoLayersStayPartOfTheName() {
        assertEquals(
                List.of(
                        "tensor              dtype  shape    bytes",
                        "conv1d.w8           BF16   [1]        2 B",
                        "h.12345678901.bias  BF16   [1]        2 B",
                        "h.7.experts.0.bias  BF16   [1]        2 B",
                        "h.7.experts.1.bias  BF16   [1]        2 B"),
                TensorTable.lines(List.of(
                        bfloat16("conv1d.w8", 1),
                        bfloat16("h.12345678901.bias", 1),
                        bfloat16("h.7.experts.0.bias", 1),
                        bfloat16("h.7.experts.1.bias", 1))));
    }

    private static TensorSpec bfloat16(String name, long... shape) {
        return TensorSpec.of(name, DType.BF16, Shape.of(shape));
    }
}
