package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.api.Test;

class CurveTest {

    private final Curve curve = new Curve();

    @Test
    void hasEveryRoundWithFiveDigits() {
        curve.add(1, 2.3456789);
        curve.add(2, 0.000123456789);
        curve.add(3, -1234567);
        curve.add(4, 0);

        assertEquals("[[1,2.3457],[2,1.2346E-4],[3,-1234600.0],[4,0.0]]", shown().toString());
    }

    @Test
    void aRoundThatIsToldAgainHasTheNewerValue() {
        curve.add(1, 2);
        curve.add(2, 3);
        curve.add(2, 4);
        curve.add(1, 5);

        assertEquals("[[1,2.0],[2,4.0]]", shown().toString());
    }

    @Test
    void ofManyRoundsSomeAreKeptAndAlwaysTheLast() {
        for (int round = 1; round <= 1000; round++) {
            curve.add(round, round);
            ArrayNode points = shown();
            assertTrue(points.size() <= 300, () -> points.size() + " points");
            assertEquals(1, points.get(0).get(0).asInt());
            assertEquals(round, points.get(points.size() - 1).get(0).asInt());
        }
        assertEquals("[5,5.0]", shown().get(1).toString());
    }

    private ArrayNode shown() {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        curve.to(array);
        return array;
    }
}
