package io.weft.server.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void isToldWithoutTheSitesName() {
        assertEquals("the disk is full", Failure.reason("a", new Refusal("site 'a': the disk is full")));
        assertEquals("site 'b': it is gone", Failure.reason("a", new IOException("site 'b': it is gone")));
    }

    @Test
    void isToldInOneLineWithItsBeginningAndItsEnd() {
        String text = "the step failed\n  File \"code\", line 404\n    ~~~ <--- HERE\nRuntimeError: overflow\n\n";
        assertEquals("the step failed … RuntimeError: overflow", Failure.reason("a", new IOException(text)));
        assertEquals("one two", Failure.reason("a", new IOException("one\n two")));
    }

    @Test
    void namesItsKindWhereAMessageAloneMeansLittle() {
        assertEquals("java.lang.IllegalStateException: null", Failure.reason("a", new IllegalStateException("null")));
        assertEquals("it stopped of itself", Failure.reason("a", new CancellationException("the job was stopped")));
    }

    @Test
    void ofSeveralSitesIsToldOnceWhereItIsTheSame() {
        assertEquals(
                "sites 'a', 'c': no dataset; site 'b': no room",
                Failure.all(new TreeMap<>(Map.of("a", "no dataset", "b", "no room", "c", "no dataset"))));
    }
}
