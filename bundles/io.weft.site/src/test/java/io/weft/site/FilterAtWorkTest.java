package io.weft.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.filter.Filtering;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.training.Outcome;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a filter does is known as its own, and not as that of the trainer around it. */
class FilterAtWorkTest {

    private static final TensorSpec TENSOR = TensorSpec.of("w", DType.F32, Shape.of(1));

    /** Keeps whose code each call was taken for. */
    private static final class Noting implements Filtering {

        private final List<ClassLoader> taken = new ArrayList<>();

        private void note() {
            taken.add(Thread.currentThread().getContextClassLoader());
        }

        @Override
        public boolean withholds(TensorSpec tensor) {
            note();
            return true;
        }

        @Override
        public boolean needsSurvey() {
            note();
            return true;
        }

        @Override
        public void survey(TensorSpec tensor, long first, float[] piece, int count) {
            note();
        }

        @Override
        public Optional<String> refuse(Outcome outcome) {
            note();
            return Optional.of("no");
        }

        @Override
        public void apply(TensorSpec tensor, long first, float[] piece, int count) {
            note();
        }

        @Override
        public Optional<String> account() {
            note();
            return Optional.of("done");
        }

        @Override
        public void close() {
            note();
        }
    }

    @Test
    void eachCallIsTakenForTheFilters() throws Exception {
        Noting noting = new Noting();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader trainers = new URLClassLoader(new URL[0])) {
            thread.setContextClassLoader(trainers);
            try (FilterAtWork working = new FilterAtWork("filters.noting", noting)) {
                assertEquals(true, working.withholds(TENSOR));
                assertEquals(true, working.needsSurvey());
                working.survey(TENSOR, 0, new float[1], 1);
                assertEquals(Optional.of("no"), working.refuse(new Outcome(1, 1, 1, new TreeMap<>())));
                working.apply(TENSOR, 0, new float[1], 1);
                assertEquals(Optional.of("done"), working.account());
            }
            assertSame(trainers, thread.getContextClassLoader());
        } finally {
            thread.setContextClassLoader(before);
        }
        assertEquals(Collections.nCopies(7, Noting.class.getClassLoader()), noting.taken);
    }

    @Test
    void whatAFilterThrowsSaysWhichFilterItWas() {
        IllegalStateException thrown = new IllegalStateException("out of luck");
        FilterAtWork working = new FilterAtWork("filters.weak", new Filtering() {
            @Override
            public void apply(TensorSpec tensor, long first, float[] piece, int count) {
                throw thrown;
            }
        });

        Refusal refusal = assertThrows(Refusal.class, () -> working.apply(TENSOR, 0, new float[1], 1));

        assertEquals("filters.weak failed: java.lang.IllegalStateException: out of luck", refusal.getMessage());
        assertSame(thrown, refusal.getCause());
    }
}
