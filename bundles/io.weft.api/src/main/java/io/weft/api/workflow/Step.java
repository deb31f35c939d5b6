package io.weft.api.workflow;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a workflow can have done. */
public sealed interface Step {

    /**
     * Asks sites for a task and waits for the quorum.
     *
     * @param task {@code submit-model}, {@code train} or {@code validate}
     * @param models which model each asked site receives; for {@code submit-model} the site has none yet and the reference names
     *     what its answer becomes
     */
    record Ask(int round, String task, SortedMap<String, ModelRef> models, Quorum quorum) implements Step {
        public Ask {
            models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
        }
    }

    /** Folds updates into {@code global/<round>} with the job's aggregator. */
    record Fold(int round, List<ModelRef> updates) implements Step {
        public Fold {
            updates = List.copyOf(updates);
        }
    }

    /**
     * Ends the job with this model as its result.
     *
     * @param reason why before the last round, for a person; empty after it
     */
    record Finish(ModelRef result, Optional<String> reason) implements Step {

        /** Ends the job after its last round. */
        public Finish(ModelRef result) {
            this(result, Optional.empty());
        }
    }
}
