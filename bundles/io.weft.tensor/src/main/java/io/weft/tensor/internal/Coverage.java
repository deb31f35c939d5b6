package io.weft.tensor.internal;

import java.util.Map;
import java.util.TreeMap;

/** Which bytes of one tensor were written, as disjoint ranges with gaps between them; safe for use by several threads. */
final class Coverage {

    private final TreeMap<Long, Long> endByBegin = new TreeMap<>();

    synchronized void add(long begin, long end) {
        if (begin >= end) {
            return;
        }
        long from = begin;
        long to = end;
        Map.Entry<Long, Long> left = endByBegin.floorEntry(from);
        if (left != null && left.getValue() >= from) {
            from = left.getKey();
            to = Math.max(to, left.getValue());
        }
        for (Map.Entry<Long, Long> right = endByBegin.ceilingEntry(from);
                right != null && right.getKey() <= to;
                right = endByBegin.ceilingEntry(from)) {
            to = Math.max(to, right.getValue());
            endByBegin.remove(right.getKey());
        }
        endByBegin.put(from, to);
    }

    /** How many bytes were written at least once. */
    synchronized long bytes() {
        return endByBegin.entrySet().stream()
                .mapToLong(range -> range.getValue() - range.getKey())
                .sum();
    }
}
