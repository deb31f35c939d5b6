package io.weft.job;

/** Which round's model is the result: the one whose metric is smallest or largest. */
public record SelectSettings(String metric, Mode mode) {

    /** What is best. */
    public enum Mode {
        MIN,
        MAX;

        /** Whether one value is better than another. */
        public boolean better(double value, double than) {
            return this == MIN ? value < than : value > than;
        }
    }
}
