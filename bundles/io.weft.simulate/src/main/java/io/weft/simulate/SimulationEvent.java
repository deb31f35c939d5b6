package io.weft.simulate;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/** Something that happened in a simulation. */
public sealed interface SimulationEvent {

    /** The job was accepted and has its id and folder; the first event. */
    record Accepted(String job, Path folder, int rounds, List<String> sites) implements SimulationEvent {

        public Accepted {
            sites = List.copyOf(sites);
        }
    }

    /** A round began, counted from 1. */
    record RoundStarted(int round) implements SimulationEvent {}

    /**
     * A site got further with a task.
     *
     * @param activity {@code train}, {@code validate} or another word of its trainer
     * @param done units finished, from 0 to {@code total}
     * @param values what to show, such as {@code loss} and {@code tokensPerSecond}
     */
    record SiteAdvanced(int round, String site, String activity, long done, long total, Map<String, Double> values)
            implements SimulationEvent {

        public SiteAdvanced {
            values = Map.copyOf(values);
        }
    }

    /** Tensors crossed the wire between the server and a site. */
    record Transferred(int round, String site, boolean up, long wireBytes) implements SimulationEvent {}

    /**
     * The model that a round left was measured; round 0 left the initial model.
     *
     * @param lossBySite the validation loss at each site that has the dataset
     * @param loss over all of them, weighted by tokens; empty when no site validates
     */
    record Validated(int round, SortedMap<String, Double> lossBySite, OptionalDouble loss) implements SimulationEvent {

        public Validated {
            lossBySite = Collections.unmodifiableSortedMap(new TreeMap<>(lossBySite));
        }
    }

    /**
     * A round ended: its updates are folded into the next model.
     *
     * @param lossBySite the training loss of each site that trained
     * @param loss their mean, weighted as the updates were
     * @param bytesUp wire bytes from the sites to the server in this round
     * @param bytesDown wire bytes from the server to the sites in this round
     */
    record RoundFinished(
            int round,
            SortedMap<String, Double> lossBySite,
            OptionalDouble loss,
            long bytesUp,
            long bytesDown,
            double seconds)
            implements SimulationEvent {

        public RoundFinished {
            lossBySite = Collections.unmodifiableSortedMap(new TreeMap<>(lossBySite));
        }
    }

    /** Something that a person should know and that stops nothing: records that were cut, a site that is slower than it could be. */
    record Noted(String message) implements SimulationEvent {}

    /** The job's state changed; a state that is not {@code RUNNING} or {@code FINISHED} comes with a reason. */
    record StateChanged(String state, String reason) implements SimulationEvent {}
}
