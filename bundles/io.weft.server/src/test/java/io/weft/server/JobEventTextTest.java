package io.weft.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.training.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JobEventTextTest {

    private static final Outcome OUTCOME = new Outcome(3, 6, 90, new TreeMap<>(Map.of("train_loss", 2.5)));

    static List<JobEvent> everyKind() {
        return List.of(
                new JobEvent.Started("dolly-1", Path.of("data", "jobs", "dolly-1"), 3, List.of("north", "south")),
                new JobEvent.Resumed(2, 1, List.of(new JobEvent.RoundStarted(1))),
                new JobEvent.RoundStarted(1),
                new JobEvent.SiteStep(1, "north", "train", 2, 10, new TreeMap<>(Map.of("loss", 2.25))),
                new JobEvent.SiteDone(1, "north", "train", OUTCOME, 1.5),
                new JobEvent.Transferred(1, "north", true, 100, 120, 0.25),
                new JobEvent.Wrote("north", List.of("epoch 1", "epoch 2")),
                new JobEvent.Coded(1, "north", true, 400, 100, 0.5, 0.25, 0.125),
                new JobEvent.Validated(
                        1,
                        false,
                        new TreeMap<>(Map.of("north", new TreeMap<>(Map.of("validation_loss", 2.0)))),
                        new TreeMap<>(Map.of("validation_loss", 2.0))),
                new JobEvent.RoundFinished(
                        1, new TreeMap<>(Map.of("north", OUTCOME)), new TreeMap<>(Map.of("north", 1.0)), 120, 130, 2.5),
                new JobEvent.Noted(Optional.of("north"), "two records were cut"),
                new JobEvent.Noted(Optional.empty(), "the tracker is gone"),
                new JobEvent.SiteFailed(1, "north", "the disk is full"),
                new JobEvent.SiteLate(1, "north", "nothing within 30m"),
                new JobEvent.StateChanged(JobState.WAITING, Optional.of("site 'north': it is gone")),
                new JobEvent.StateChanged(JobState.RUNNING, Optional.empty()));
    }

    @ParameterizedTest
    @MethodSource("everyKind")
    void isReadAsItWasWritten(JobEvent event) throws IOException {
        assertEquals(event, JobEventText.parse(JobEventText.of(event)));
    }

    @Test
    void noKindIsLeftOut() {
        assertEquals(
                Set.of(JobEvent.class.getPermittedSubclasses()),
                everyKind().stream().map(Object::getClass).collect(Collectors.toSet()));
    }

    @Test
    void whatIsNoEventIsTold() {
        assertThrows(IOException.class, () -> JobEventText.parse("{\"event\": \"unheard-of\"}"));
    }
}
