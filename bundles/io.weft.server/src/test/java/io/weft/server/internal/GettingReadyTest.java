package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class GettingReadyTest {

    private final GettingReady sites = new GettingReady();

    @Test
    void whatOneWaitsForIsToldWhileAnotherHasGoneOn() {
        assertEquals(Optional.of("site 'b': approval"), sites.waits("b", "approval"));
        assertEquals(Optional.of("site 'a': approval; site 'b': approval"), sites.waits("a", "approval"));
        assertEquals(Optional.of("site 'a': approval"), sites.waits("b", ""));
        assertEquals(Optional.empty(), sites.waits("a", ""));
    }
}
