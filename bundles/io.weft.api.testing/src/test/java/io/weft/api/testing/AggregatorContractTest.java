package io.weft.api.testing;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.aggregation.ElementFold;
import io.weft.api.plugin.JobContext;
import io.weft.api.tensor.TensorSpec;
import java.lang.annotation.Annotation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The contract lets a sound aggregator through and stops each that breaks one of its promises. */
class AggregatorContractTest {

    /** The first site's model: simple, and sound. */
    private static final ElementFold FIRST =
            (global, sites, weights, out, count) -> System.arraycopy(sites[0], 0, out, 0, count);

    private static AggregatorContract contract(Aggregator aggregator) {
        return () -> aggregator;
    }

    private static AggregatorContract folding(ElementFold fold) {
        return contract(job -> round -> round.elements(fold));
    }

    @Test
    void letsASoundAggregatorThrough() {
        AggregatorContract contract = folding(FIRST);
        for (Executable test : new Executable[] {
            contract::modelsThatAreAllTheSameStayAsTheyAre,
            contract::everyTensorIsWrittenWhole,
            contract::theResultIsFiniteForAnyNumberOfSites,
            contract::aSiteWithoutWeightHindersNobody,
            contract::theBitsDoNotDependOnThePieces,
            contract::theSameRoundGivesTheSameBitsAgain,
            contract::twoJobsAtATimeDoNotMix,
            contract::whatItSaysIsASumIsOne,
            contract::itsOptionsExplainThemselves
        }) {
            assertDoesNotThrow(test);
        }
    }

    @Test
    void stopsASumInSinglePrecision() {
        AggregatorContract contract = folding((global, sites, weights, out, count) -> {
            for (int i = 0; i < count; i++) {
                float sum = 0;
                for (float[] site : sites) {
                    sum += site[i];
                }
                out[i] = sum / sites.length;
            }
        });

        assertThrows(AssertionError.class, contract::modelsThatAreAllTheSameStayAsTheyAre);
    }

    @Test
    void stopsAFoldThatChangesWhatItWasLent() {
        AggregatorContract contract = folding((global, sites, weights, out, count) -> {
            sites[0][0] += 1;
            out[0] = sites[0][0];
        });

        assertThrows(AssertionError.class, contract::everyTensorIsWrittenWhole);
    }

    @Test
    void stopsATensorThatIsLeftOut() {
        AggregatorContract contract = contract(job -> round -> {
            TensorSpec first = round.global().manifest().tensors().get(0);
            round.result().write(first, 0, new float[] {1}, 1);
        });

        assertThrows(IllegalStateException.class, contract::everyTensorIsWrittenWhole);
    }

    @Test
    void stopsAStateThatTwoJobsShare() {
        AggregatorContract contract = contract(new Aggregator() {
            private int rounds;

            @Override
            public Aggregation open(JobContext job) {
                return round -> {
                    rounds++;
                    int site = rounds % round.contributions().size();
                    round.elements(
                            (global, sites, weights, out, count) -> System.arraycopy(sites[site], 0, out, 0, count));
                };
            }
        });

        assertThrows(AssertionError.class, contract::theSameRoundGivesTheSameBitsAgain);
        assertThrows(AssertionError.class, contract::twoJobsAtATimeDoNotMix);
    }

    @Test
    void stopsAResultThatDependsOnThePieces() {
        AggregatorContract contract = folding((global, sites, weights, out, count) -> {
            FIRST.fold(global, sites, weights, out, count);
            out[0] = count;
        });

        assertThrows(AssertionError.class, contract::theBitsDoNotDependOnThePieces);
    }

    @Test
    void stopsAWeightThatIsDividedByNothing() {
        AggregatorContract contract = folding((global, sites, weights, out, count) -> {
            for (int i = 0; i < count; i++) {
                out[i] = (float) (sites[0][i] * weights[0] / weights[0]);
            }
        });

        assertThrows(AssertionError.class, contract::aSiteWithoutWeightHindersNobody);
    }

    @Test
    void stopsAnOptionWithoutASentence() {
        AggregatorContract contract = contract(new Aggregator() {
            @Override
            public Aggregation open(JobContext job) {
                return round -> round.elements(FIRST);
            }

            @Override
            public Class<? extends Annotation> options() {
                return Silent.class;
            }
        });

        assertThrows(AssertionError.class, contract::itsOptionsExplainThemselves);
    }

    /** Options that explain nothing. */
    @interface Silent {
        int trim() default 1;
    }
}
