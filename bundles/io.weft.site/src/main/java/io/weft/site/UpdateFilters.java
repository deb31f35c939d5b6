package io.weft.site;

import io.weft.api.filter.Filtering;
import io.weft.api.filter.UpdateFilter;
import io.weft.api.plugin.Partner;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Outcome;
import io.weft.exchange.Cancellation;
import io.weft.job.Section;
import io.weft.plugins.JobScope;
import io.weft.plugins.PluginCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done to each update of a job before it leaves this site, in order: the job's filters, and then the site's own. */
final class UpdateFilters {

    private static final Logger LOG = LoggerFactory.getLogger(UpdateFilters.class);

    private final List<Named> filters;

    /** A filter and the key of its section. */
    private record Named(String key, Partner<UpdateFilter> filter) {

        FilterAtWork open(int round, TensorReader received) throws IOException {
            try (PluginCode code = PluginCode.of(filter.plugin())) {
                return new FilterAtWork(key, filter.plugin().open(filter.job(), round, received));
            }
        }

        void check(List<TensorSpec> tensors) {
            try (PluginCode code = PluginCode.of(filter.plugin())) {
                filter.plugin().check(filter.job(), tensors);
            }
        }
    }

    private UpdateFilters(List<Named> filters) {
        this.filters = filters;
    }

    /**
     * Holds the filters that sections name.
     *
     * @throws Refusal with file and line when one is missing, or its options are wrong
     */
    static UpdateFilters of(List<Section> sections, JobScope scope) {
        List<Named> filters = new ArrayList<>();
        for (Section section : sections) {
            filters.add(new Named(section.key(), scope.plugin(UpdateFilter.class, section)));
        }
        return new UpdateFilters(filters);
    }

    /** Whether an update leaves as it was trained. */
    boolean isEmpty() {
        return filters.isEmpty();
    }

    /**
     * Has each filter look at what is exchanged.
     *
     * @throws Refusal when the options of one do not fit
     */
    void check(List<TensorSpec> tensors) {
        filters.forEach(filter -> filter.check(tensors));
    }

    /**
     * Filters an update.
     *
     * @param job its id, for the site's own log
     * @param difference whether {@code out} takes the difference to the received model; it takes weights otherwise
     * @throws Refusal when a filter refuses the update
     */
    void filter(
            String job,
            int round,
            Outcome outcome,
            TensorReader trained,
            TensorReader received,
            boolean difference,
            TensorWriter out,
            Cancellation cancellation)
            throws IOException {
        try (Chain chain = new Chain()) {
            for (Named filter : filters) {
                chain.add(filter.open(round, received));
            }
            FilteredUpdate update = new FilteredUpdate(chain.filterings(), trained, received, cancellation);
            for (int i = 0; i < filters.size(); i++) {
                update.survey(i);
                String key = filters.get(i).key();
                chain.filterings().get(i).refuse(outcome).ifPresent(why -> {
                    LOG.info("job {} round {}: {} refused the update: {}", job, round, key, why);
                    throw new Refusal(key + " refused the update: " + why);
                });
            }
            update.write(out, difference);
            chain.log(job, round);
        }
    }

    /** Filters at work; closed last first. */
    private static final class Chain implements AutoCloseable {

        private final List<FilterAtWork> filters = new ArrayList<>();

        void add(FilterAtWork filter) {
            filters.add(filter);
        }

        List<Filtering> filterings() {
            return List.copyOf(filters);
        }

        void log(String job, int round) {
            for (FilterAtWork filter : filters) {
                LOG.info(
                        "job {} round {}: {} was applied to the update{}",
                        job,
                        round,
                        filter.key(),
                        filter.account().map(what -> ": " + what).orElse(""));
            }
        }

        @Override
        public void close() {
            for (int i = filters.size() - 1; i >= 0; i--) {
                filters.get(i).close();
            }
        }
    }
}
