package org.example.median;

import io.weft.api.aggregation.Aggregation;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Plugin;
import java.util.Arrays;
import org.osgi.service.component.annotations.Component;

/** The coordinate-wise median (Yin et al. 2018, https://arxiv.org/abs/1803.01498): no single site can move it far. */
@Component(property = Plugin.NAME + "=median")
public final class Median implements Aggregator {

    @Override
    public Aggregation open(JobContext job) {
        return round -> round.elements((global, sites, weights, out, count) -> {
            float[] column = new float[sites.length];
            for (int i = 0; i < count; i++) {
                for (int site = 0; site < sites.length; site++) {
                    column[site] = sites[site][i];
                }
                Arrays.sort(column);
                double lower = column[(column.length - 1) / 2];
                out[i] = (float) ((lower + column[column.length / 2]) / 2);
            }
        });
    }
}
