package io.weft.client.internal.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.client.ElementType;
import io.weft.client.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConversionTest {

    private static Tensor converted(ElementType type, float... values) {
        return Conversion.to(Map.of("w", type), Map.of("w", Tensor.of(values))).get("w");
    }

    @ParameterizedTest
    @EnumSource(names = {"I64", "I32", "I16", "I8", "U8"})
    void wholeNumbersAreRounded(ElementType type) {
        Tensor tensor = converted(type, 0, 1.4f, 1.6f, 100);

        assertEquals(type, tensor.type());
        assertArrayEquals(new float[] {0, 1, 2, 100}, tensor.floats());
    }

    @Test
    void truthValuesAreWhatIsNotZero() {
        assertArrayEquals(
                new float[] {0, 1, 1}, converted(ElementType.BOOL, 0, 1, 0.3f).floats());
    }

    @Test
    void floatingPointNumbersStayAsTheyAre() {
        Tensor tensor = Tensor.of(new float[] {1, 2});

        assertSame(
                tensor,
                Conversion.to(Map.of("w", ElementType.BF16), Map.of("w", tensor))
                        .get("w"));
    }

    @Test
    void refusesANumberThatTheTypeDoesNotHold() {
        assertEquals(
                "tensor 'w' has the value 200.0, which I8 does not hold",
                assertThrows(IllegalArgumentException.class, () -> converted(ElementType.I8, 200))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> converted(ElementType.I64, Float.NaN));
        assertThrows(IllegalArgumentException.class, () -> converted(ElementType.U8, -1));
    }
}
