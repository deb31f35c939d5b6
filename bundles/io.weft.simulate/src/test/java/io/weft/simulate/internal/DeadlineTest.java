package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.api.plugin.JobContext;
import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.DType;
import io.weft.api.training.Task;
import io.weft.server.JobEvent;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rounds that wait for some sites only so long. Time passes by hand. */
@Timeout(300)
class DeadlineTest {

    private static final String TWO_OF_THREE = "rounds: 2, sites: {min: 2, deadline: 30m}";

    @TempDir
    Path root;

    private final HandDrivenAlarm alarm = new HandDrivenAlarm(Duration.ofMinutes(30));
    private final CountDownLatch westBegan = new CountDownLatch(1);
    private final CountDownLatch westBeganAgain = new CountDownLatch(1);
    private final CountDownLatch southMayGoOn = new CountDownLatch(1);
    private final CountDownLatch roundEnded = new CountDownLatch(1);
    private final CountDownLatch hangIsTold = new CountDownLatch(1);
    private final CountDownLatch testEnded = new CountDownLatch(1);

    @AfterEach
    void end() {
        testEnded.countDown();
        alarm.close();
    }

    private Federation federation(FakeTrainer trainer) throws IOException {
        return new Federation(root, trainer)
                .site("north", 1, 1, 2, 3)
                .site("south", 2, 4)
                .site("west", 3, 2, 2)
                .workflow(TWO_OF_THREE)
                .parallel(3)
                .alarm(alarm);
    }

    /** West does something else than to train in round 1; the others begin round 2 when west has. */
    private FakeTrainer west(WestInRoundOne work) {
        return new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected boolean heedsCancellation() {
                return false;
            }

            @Override
            protected void beforeTraining(String site, Task task, JobContext job) throws IOException {
                if (site.equals("west") && task.round() == 1) {
                    westBegan.countDown();
                    work.instead(job);
                } else if (site.equals("west")) {
                    westBeganAgain.countDown();
                } else if (task.round() == 2) {
                    await(westBeganAgain);
                }
            }
        };
    }

    private interface WestInRoundOne {
        void instead(JobContext job) throws IOException;
    }

    private static void untilItIsStopped(JobContext job) {
        while (true) {
            job.checkCancelled();
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Rings when so many updates of round 1 are there and west has begun. */
    private Federation ringingAfter(int updates, Federation federation) {
        List<String> there = new ArrayList<>();
        return federation.watching(event -> {
            if (event instanceof JobEvent.Transferred transfer && transfer.up() && transfer.round() == 1) {
                there.add(transfer.site());
                if (there.size() == updates) {
                    // The update counts a moment after it is told of: the deadline may come before or after that.
                    new Thread(this::ring, "ringing").start();
                }
            } else if (event instanceof JobEvent.RoundFinished end && end.round() == 1) {
                roundEnded.countDown();
            } else if (event instanceof JobEvent.Noted note && note.message().contains(" does not stop, ")) {
                hangIsTold.countDown();
            }
        });
    }

    private void ring() {
        try {
            westBegan.await();
            alarm.ring();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aRoundEndsWithThoseThatAreThere() throws Exception {
        Federation federation = ringingAfter(2, federation(west(DeadlineTest::untilItIsStopped)));
        SimulationResult result = federation.run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(List.of("north", "south"), contributors(1));
        assertEquals(List.of("north", "south", "west"), contributors(2), "it is asked again when it is free");
        JsonNode late = events("late").get(0);
        assertEquals("west", late.get("site").asText());
        assertEquals(1, late.get("round").asInt());
        assertTrue(
                late.get("reason").asText().startsWith("nothing within the deadline of 30m; it has told no progress"),
                late::toString);
        assertEquals(List.of("west"), lateIn(step(1)));
        assertEquals(0, federation.plugins().open());
    }

    @Test
    void aRunThatGoesOnKeepsToWhatTheDeadlineDecided() throws Exception {
        Set<String> failedOnce = ConcurrentHashMap.newKeySet();
        FakeTrainer trainer = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) {
                if (site.equals("west") && task.round() == 1) {
                    westBegan.countDown();
                    untilItIsStopped(job);
                } else if (!site.equals("west") && task.round() == 2 && failedOnce.add(site)) {
                    throw new Refusal("the disk is full");
                }
            }
        };
        Federation federation = ringingAfter(2, federation(trainer));
        SimulationResult failed = federation.run("run");
        assertEquals(JobState.FAILED, failed.summary().state());
        byte[] first = Files.readAllBytes(root.resolve("run/rounds/1/global.safetensors"));

        SimulationResult resumed = federation.resume(failed.summary().job());

        assertEquals(
                JobState.FINISHED, resumed.summary().state(), resumed.reason().toString());
        assertEquals(List.of("north", "south"), contributors(1));
        assertArrayEquals(first, Files.readAllBytes(root.resolve("run/rounds/1/global.safetensors")));
        assertEquals(1, events("late").size());
        assertEquals(1, metrics("late").size());
        assertEquals(
                2, contributors(2).stream().filter(site -> !site.equals("west")).count());
    }

    @Test
    void anUpdateThatComesLaterIsRecordedAndNotUsed() throws Exception {
        ringingAfter(2, federation(west(job -> await(roundEnded)))).run("run");
        assertEquals(List.of("north", "south"), contributors(1));
        assertEquals(List.of("north", "south", "west"), contributors(2));
        List<JsonNode> late = events("late");
        assertEquals(2, late.size(), late::toString);
        JsonNode update = late.get(1);
        assertEquals("west", update.get("site").asText());
        assertEquals(1, update.get("round").asInt());
        assertEquals(4 * (15 + 70_000), update.get("bytes").asInt());
        assertEquals(2, update.get("steps").asInt());
        assertTrue(update.get("metrics").has("train_loss"), update::toString);
        assertFalse(Files.exists(root.resolve("run/rounds/1/updates/west.safetensors")));
        assertFalse(Files.exists(root.resolve("run/rounds/1/updates/west.json")));
        assertEquals(2 + 3, metrics("train").size());
    }

    @Test
    void waitsPastTheDeadlineUntilEnoughAreThere() throws Exception {
        FakeTrainer trainer = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) throws IOException {
                if (task.round() == 1 && site.equals("south")) {
                    DeadlineTest.await(southMayGoOn);
                } else if (task.round() == 1 && site.equals("west")) {
                    westBegan.countDown();
                    untilItIsStopped(job);
                }
            }
        };
        List<Optional<String>> waiting = new ArrayList<>();
        Federation federation = federation(trainer);
        List<String> there = new ArrayList<>();
        federation.watching(event -> {
            if (event instanceof JobEvent.Transferred transfer && transfer.up() && transfer.round() == 1) {
                there.add(transfer.site());
                if (there.size() == 1) {
                    new Thread(this::ring, "ringing").start();
                }
            } else if (event instanceof JobEvent.StateChanged change && change.state() == JobState.WAITING) {
                waiting.add(change.reason());
                southMayGoOn.countDown();
            }
        });
        assertEquals(JobState.FINISHED, federation.run("run").summary().state());
        // The deadline may be over before north's answer is counted; then it is told twice how many answers there are.
        assertTrue(waiting.size() == 1 || waiting.size() == 2, waiting::toString);
        assertTrue(
                waiting.stream().allMatch(reason -> reason.orElseThrow()
                        .matches("round 1 has [01] of the 2 answers that it needs, and its deadline is"
                                + " over; still asked: (north, )?south, west")),
                waiting::toString);
        assertEquals(List.of("north", "south"), contributors(1));
        List<String> states =
                events("state").stream().map(line -> line.get("state").asText()).toList();
        assertEquals(
                List.of("RUNNING", "WAITING", "RUNNING", "FINISHED"),
                IntStream.range(0, states.size())
                        .filter(i -> i == 0 || !states.get(i).equals(states.get(i - 1)))
                        .mapToObj(states::get)
                        .toList());
    }

    @Test
    void goesOnWithoutASiteThatHangs() throws Exception {
        FakeTrainer hanging = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) throws IOException {
                if (site.equals("west")) {
                    westBegan.countDown();
                    DeadlineTest.await(testEnded);
                } else if (task.round() == 2) {
                    DeadlineTest.await(hangIsTold);
                }
            }
        };
        Federation federation = ringingAfter(2, federation(hanging).patience(Duration.ofMillis(300)));
        SimulationResult result = federation.run("run");
        assertEquals(
                JobState.FINISHED, result.summary().state(), result.reason().toString());
        assertEquals(List.of("north", "south"), contributors(2));
        assertEquals(
                List.of(
                        "2 it is still busy with an earlier round",
                        "2 validate: it is still busy with an earlier round"),
                events("site-failed").stream()
                        .map(line -> line.get("round").asInt() + " "
                                + line.get("reason").asText())
                        .toList());
        assertTrue(
                federation.events().stream()
                        .anyMatch(event -> event instanceof JobEvent.Noted note
                                && note.site().equals(Optional.of("west"))
                                && note.message().startsWith("it does not stop what it was asked")),
                "who does not stop is told");
        List<String> told = federation.events().stream()
                .filter(JobEvent.Noted.class::isInstance)
                .map(event -> ((JobEvent.Noted) event).message())
                .filter(message -> message.startsWith("trainer 'fake' does not stop"))
                .toList();
        assertEquals(1, told.size(), told::toString);
        assertTrue(told.get(0).matches(".*: thread west-[0-9]+ is in " + DeadlineTest.class.getName() + ".*"));
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("west-")) {
                assertTrue(thread.isDaemon(), thread.getName());
            }
        }
    }

    @Test
    void aSiteThatHangsKeepsNoOtherFromComputing() throws Exception {
        FakeTrainer hanging = new FakeTrainer(FakeTrainer.twoTensors(DType.F32)) {
            @Override
            protected void beforeTraining(String site, Task task, JobContext job) throws IOException {
                westBegan.countDown();
                if (site.equals("north")) {
                    DeadlineTest.await(testEnded);
                }
            }
        };
        // The slot is lent after a millisecond; the round ends when this test says so.
        HandDrivenAlarm soon = new HandDrivenAlarm(Duration.ofMillis(1));
        try (soon) {
            Federation federation = federation(hanging)
                    .workflow("rounds: 2, sites: {min: 2, deadline: 1ms}")
                    .parallel(1)
                    .patience(Duration.ofMillis(300))
                    .alarm(soon);
            List<String> there = new ArrayList<>();
            federation.watching(event -> {
                if (event instanceof JobEvent.Transferred transfer && transfer.up() && transfer.round() == 1) {
                    there.add(transfer.site());
                    if (there.size() == 2) {
                        new Thread(soon::ring, "ringing").start();
                    }
                }
            });
            assertEquals(JobState.FINISHED, federation.run("run").summary().state());
        }
        assertEquals(List.of("south", "west"), contributors(2));
    }

    private static List<String> lateIn(JsonNode step) {
        List<String> sites = new ArrayList<>();
        step.get("late").forEach(site -> sites.add(site.asText()));
        return sites;
    }

    private JsonNode step(int round) throws IOException {
        return events("step").stream()
                .filter(line -> line.get("round").asInt() == round
                        && line.path("task").asText().equals("train"))
                .findFirst()
                .orElseThrow();
    }

    private List<JsonNode> events(String event) throws IOException {
        return Federation.lines(root.resolve("run/events.jsonl")).stream()
                .filter(line -> line.get("event").asText().equals(event))
                .toList();
    }

    private List<JsonNode> metrics(String kind) throws IOException {
        return Federation.lines(root.resolve("run/metrics.jsonl")).stream()
                .filter(line -> line.get("kind").asText().equals(kind))
                .toList();
    }

    private List<String> contributors(int round) throws IOException {
        List<String> names = new ArrayList<>();
        Federation.json(root.resolve("run/rounds/" + round + "/metrics.json"))
                .get("sites")
                .fieldNames()
                .forEachRemaining(names::add);
        return names;
    }
}
