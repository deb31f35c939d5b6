package io.weft.lm.internal.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PackedTest {

    @Test
    void laysSequencesEndToEndLongestFirst() {
        List<Packed> packs = Packed.pack(List.of(example(1, 2), example(2, 5), example(3, 3)), 100);
        assertEquals(1, packs.size());
        Packed pack = packs.get(0);
        assertArrayEquals(new long[] {2, 2, 2, 2, 2, 3, 3, 3, 1, 1}, Arrays.copyOf(pack.ids(), 10));
        assertArrayEquals(new long[] {-100, 2, 2, 2, 2, -100, 3, 3, -100, 1}, Arrays.copyOf(pack.labels(), 10));
        assertArrayEquals(new long[] {5, 3, 2}, Arrays.copyOf(pack.lengths(), 3));
        assertEquals(7, pack.labelled());
        assertEquals(10, pack.tokens());
    }

    @Test
    void fillsUpToOneOfAFewNumbersOfRowsWithSequencesThatPredictNothing() {
        Packed pack = Packed.pack(List.of(example(1, 2), example(2, 5), example(3, 3)), 100)
                .get(0);
        assertEquals(16, pack.rows());
        assertArrayEquals(new long[] {5, 3, 2, 5, 1}, pack.lengths());
        assertArrayEquals(new long[] {-100, -100, -100, -100, -100, -100}, Arrays.copyOfRange(pack.labels(), 10, 16));
        assertEquals(
                Map.of(1, 16, 16, 16, 17, 32, 400, 400, 513, 528, 1024, 1024, 1025, 1056),
                Stream.of(1, 16, 17, 400, 513, 1024, 1025)
                        .collect(Collectors.toMap(tokens -> tokens, tokens -> Packed.unlabelled(new long[tokens])
                                .rows())));
    }

    @Test
    void keepsEachPackWithinItsTokens() {
        List<Packed> packs = Packed.pack(List.of(example(1, 2), example(2, 5), example(3, 3), example(4, 4)), 7);
        assertEquals(
                List.of("[5, 2]", "[4, 3]"),
                packs.stream()
                        .map(pack -> Arrays.toString(Arrays.copyOf(pack.lengths(), 2)))
                        .toList());
    }

    @Test
    void givesARecordThatIsLongerThanThatAPackOfItsOwn() {
        List<Packed> packs = Packed.pack(List.of(example(1, 2), example(2, 9)), 4);
        assertEquals(List.of(9, 2), packs.stream().map(Packed::tokens).toList());
    }

    private static Example example(int id, int length) {
        int[] ids = new int[length];
        Arrays.fill(ids, id);
        int[] labels = ids.clone();
        labels[0] = Example.UNLABELLED;
        return new Example(ids, labels);
    }
}
