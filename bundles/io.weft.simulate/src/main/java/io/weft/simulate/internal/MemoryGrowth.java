package io.weft.simulate.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * How a process's peak memory grows with the steps that are trained in it.
 *
 * <p>No step is as long as another, so the longest of many is longer than the longest of a few, and blocks that one step leaves do not
 * fit the next. Each doubling of the steps was seen to add about as much as the doubling before it, with small models and large ones,
 * whether all weights were trained or an adapter.
 */
final class MemoryGrowth {

    private record Peak(long steps, long bytes) {}

    private final int settled;
    private final List<Peak> peaks = new ArrayList<>();

    /** @param settled how many steps until model, gradients and optimizer state are there, so that what is added later is growth */
    MemoryGrowth(int settled) {
        this.settled = settled;
    }

    /** So many steps are done, and this is the most memory so far. */
    void stepped(long steps, long bytes) {
        if (steps >= settled) {
            peaks.add(new Peak(steps, bytes));
        }
    }

    /**
     * The peak after so many steps.
     *
     * @param now the peak after all that was measured; empty where the platform does not tell
     */
    OptionalLong after(long steps, OptionalLong now) {
        if (now.isEmpty() || peaks.isEmpty()) {
            return now;
        }
        Peak first = peaks.get(0);
        Peak last = peaks.get(peaks.size() - 1);
        if (last.steps() <= first.steps()) {
            return now;
        }
        double each = (last.bytes() - first.bytes()) / Math.log((double) last.steps() / first.steps());
        double more = each * Math.log((double) steps / last.steps());
        return OptionalLong.of(now.getAsLong() + Math.max(0, Math.round(more)));
    }
}
