package io.weft.job;

/**
 * When a job ends before its last round: when a metric has become no better for some rounds.
 *
 * @param mode what is better
 * @param patience the number of rounds, 1 or more
 * @param minDelta by how much a value must be better than the best before it to count as better; 0 or more
 */
public record StopSettings(String metric, SelectSettings.Mode mode, int patience, double minDelta) {}
