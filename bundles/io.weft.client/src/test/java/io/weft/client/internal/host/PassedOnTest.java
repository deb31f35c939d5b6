package io.weft.client.internal.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassedOnTest {

    private final List<List<String>> passed = new ArrayList<>();
    private long now;
    private final PassedOn lines = new PassedOn(passed::add, "trainer.log", () -> now);

    @Test
    void linesThatComeTogetherArePassedOnTogether() {
        lines.add("a");
        lines.add("");
        lines.add("b");
        lines.flush();
        lines.flush();
        lines.add("c");
        lines.end();

        assertEquals(List.of(List.of("a", "b"), List.of("c")), passed);
    }

    @Test
    void aFloodIsCutAndCounted() {
        for (int i = 0; i < 1_000; i++) {
            lines.add("line " + i);
        }
        now += 1_000_000_000;
        lines.add("later");
        lines.end();

        List<String> all = passed.stream().flatMap(List::stream).toList();
        assertEquals("line 199", all.get(199));
        assertEquals(List.of("(800 more lines are in trainer.log alone)", "later"), all.subList(200, all.size()));
    }

    @Test
    void aFloodAtTheEndIsCountedToo() {
        for (int i = 0; i < 201; i++) {
            lines.add("line");
        }
        lines.end();

        List<List<String>> last = passed.subList(passed.size() - 1, passed.size());
        assertEquals(List.of(List.of("(1 more lines are in trainer.log alone)")), last);
    }
}
