package io.weft.plugins.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.aggregation.Aggregator;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginCode;
import io.weft.plugins.PluginState;
import io.weft.tensor.Digests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class HotSwapTest {

    @TempDir
    Path root;

    private PluginRuntime runtime;

    @BeforeEach
    void start() throws Exception {
        runtime = PluginRuntime.start(root);
    }

    @AfterEach
    void stop() throws Exception {
        runtime.close();
    }

    @Test
    void aDroppedJarIsLeasedUnderItsDigest() throws Exception {
        Path jar = PluginSource.aggregator("median", "one").version("1.2.0").dropInto(runtime.home());

        try (Lease<Aggregator> lease = runtime.leaseOf("median", "one")) {
            assertEquals("test.median", lease.bundle());
            assertEquals("1.2.0", lease.version());
            assertEquals(Digests.of(jar), lease.sha256());
            assertTrue(lease.isCurrent());
            assertEquals(List.of("weft:" + lease.sha256()), runtime.locations());
            assertEquals(lease.sha256(), Digests.of(runtime.copies().resolve(lease.sha256() + ".jar")));
        }
    }

    @Test
    void aJarThatIsStillBeingWrittenIsLeftAloneUntilItIsWhole() throws Exception {
        byte[] whole = PluginSource.aggregator("median", "one").bytes();
        Path jar = runtime.home().resolve("median.jar");

        Files.write(jar, Arrays.copyOf(whole, whole.length / 2));
        runtime.until(() -> runtime.lists("median.jar"));
        assertEquals(PluginState.INACTIVE, runtime.file("median.jar").state());
        assertTrue(runtime.file("median.jar").reason().startsWith("it is not a whole jar"));

        Files.write(jar, whole);
        runtime.leaseOf("median", "one").close();
    }

    @Test
    void aReplacedPluginWorksOnForWhoHoldsItAndIsGoneAfterwards() throws Exception {
        PluginSource.aggregator("median", "one").dropInto(runtime.home());
        runtime.until(() -> runtime.isThere("median"));
        Lease<Aggregator> old = runtime.lease("median");

        PluginSource.aggregator("median", "two").dropInto(runtime.home());
        Lease<Aggregator> current = runtime.leaseOf("median", "two");

        // Its second class was not loaded before its file was replaced.
        assertEquals("one", old.plugin().toString());
        assertFalse(old.isCurrent());
        assertEquals(
                List.of(PluginState.ACTIVE, PluginState.DRAINING),
                runtime.services("median").stream()
                        .map(service -> service.state())
                        .toList());
        assertEquals(2, runtime.locations().size());

        old.close();
        runtime.until(() -> runtime.locations().equals(List.of("weft:" + current.sha256())));
        assertEquals(1, runtime.services("median").size());
        runtime.until(() -> !Files.exists(runtime.copies().resolve(old.sha256() + ".jar")));
        current.close();
    }

    @Test
    void aHalfWrittenReplacementLeavesTheOldPluginInForce() throws Exception {
        Path jar = PluginSource.aggregator("median", "one").dropInto(runtime.home());
        runtime.until(() -> runtime.isThere("median"));

        Files.write(jar, new byte[] {'P', 'K', 3, 4});
        runtime.until(() -> runtime.says("median.jar", "it is not a whole jar"));

        try (Lease<Aggregator> lease = runtime.lease("median")) {
            assertEquals("one", lease.plugin().toString());
            assertTrue(lease.isCurrent());
        }
    }

    @Test
    void aRemovedPluginIsMissingAtOnceAndItsReturnIsNoticed() throws Exception {
        Path jar = PluginSource.aggregator("median", "one").dropInto(runtime.home());
        runtime.until(() -> runtime.isThere("median"));
        Lease<Aggregator> held = runtime.lease("median");

        Files.delete(jar);
        runtime.until(() -> !held.isCurrent());
        MissingPlugin missing = assertThrows(MissingPlugin.class, () -> runtime.lease("median"));
        assertEquals("aggregator 'median' is not installed", missing.reason());
        assertEquals(PluginState.DRAINING, runtime.file("median.jar").state());
        assertEquals("held by 1 lease", runtime.file("median.jar").reason());
        assertEquals("one", held.plugin().toString());

        PluginSource.aggregator("median", "three").dropInto(runtime.home());
        runtime.leaseOf("median", "three").close();

        held.close();
        runtime.until(() -> runtime.locations().size() == 1);
    }

    @Test
    void theSameJarComesBackBeforeItHasDrained() throws Exception {
        PluginSource source = PluginSource.aggregator("median", "one");
        Path jar = source.dropInto(runtime.home());
        runtime.until(() -> runtime.isThere("median"));
        try (Lease<Aggregator> held = runtime.lease("median")) {
            Path aside = Files.move(jar, root.resolve("aside.jar"));
            runtime.until(() -> !held.isCurrent());
            Files.move(aside, jar);
            runtime.until(held::isCurrent);
            assertEquals(PluginState.ACTIVE, runtime.file("median.jar").state());
        }
        try (Lease<Aggregator> lease = runtime.lease("median")) {
            assertEquals("one", lease.plugin().toString());
        }
    }

    @Test
    void aRebuiltJarOfTheSameNameAndVersionIsAnotherPlugin() throws Exception {
        PluginSource.aggregator("median", "one").dropInto(runtime.home(), "a.jar");
        String first;
        try (Lease<Aggregator> lease = runtime.leaseOf("median", "one")) {
            first = lease.sha256();
        }
        PluginSource.aggregator("median", "two").day(1).dropInto(runtime.home(), "b.jar");
        try (Lease<Aggregator> lease = runtime.leaseOf("median", "two")) {
            assertNotEquals(first, lease.sha256());
            assertEquals("1.0.0", lease.version());
        }
        assertEquals(PluginState.SHADOWED, runtime.file("a.jar").state());
    }

    @Test
    void theHomeComesBeforeTheDistributionThenVersionsThenDates() throws Exception {
        Path newest = PluginSource.aggregator("median", "distribution 9")
                .version("9.0.0")
                .day(9)
                .dropInto(runtime.distribution(), "nine.jar");
        PluginSource.aggregator("median", "home 2, newer")
                .version("2.0.0")
                .day(3)
                .dropInto(runtime.home(), "newer.jar");
        PluginSource.aggregator("median", "home 2, older")
                .version("2.0.0")
                .day(2)
                .dropInto(runtime.home(), "older.jar");
        PluginSource.aggregator("median", "home 1").version("1.0.0").day(4).dropInto(runtime.home(), "one.jar");
        runtime.until(() -> runtime.services("median").size() == 4 && runtime.files() == 4);

        for (List<String> turn : List.of(
                List.of("home 2, newer", "newer.jar"),
                List.of("home 2, older", "older.jar"),
                List.of("home 1", "one.jar"))) {
            try (Lease<Aggregator> lease = runtime.leaseOf("median", turn.get(0))) {
                assertEquals(PluginState.ACTIVE, runtime.file(turn.get(1)).state());
                assertEquals(PluginState.SHADOWED, runtime.file("nine.jar").state());
            }
            Files.delete(runtime.home().resolve(turn.get(1)));
        }
        runtime.leaseOf("median", "distribution 9").close();
        Files.delete(newest);
        runtime.until(() -> !runtime.isThere("median"));
    }

    @Test
    void whoIsShadowedSaysByWhom() throws Exception {
        PluginSource.aggregator("median", "one").dropInto(runtime.home(), "a.jar");
        PluginSource.aggregator("median", "two").version("2.0.0").dropInto(runtime.home(), "b.jar");
        runtime.until(() -> runtime.services("median").size() == 2 && runtime.files() == 2);

        assertEquals(
                "by test.median 2.0.0 (" + runtime.home().resolve("b.jar") + ")",
                runtime.file("a.jar").reason());
    }

    @Test
    void aFolderMayGoAndComeBack() throws Exception {
        PluginSource.aggregator("median", "one").dropInto(runtime.home());
        runtime.leaseOf("median", "one").close();

        Path aside = Files.move(runtime.home(), root.resolve("aside"));
        runtime.until(() -> !runtime.isThere("median"));
        Path other = Files.createDirectories(root.resolve("other"));
        PluginSource.aggregator("median", "two").dropInto(other);
        Files.move(other, runtime.home());
        runtime.leaseOf("median", "two").close();

        // What happens in the folder that was here before is nobody's business now.
        PluginSource.aggregator("mean", "three").dropInto(aside);
        PluginSource.aggregator("mean", "four").dropInto(runtime.home());
        runtime.leaseOf("mean", "four").close();
    }

    @Test
    void aFailingPluginDoesNotLetAnotherTakeItsPlace() throws Exception {
        PluginSource.aggregator("median", "sound").dropInto(runtime.home(), "sound.jar");
        runtime.leaseOf("median", "sound").close();
        PluginSource.aggregator("median", "broken")
                .version("2.0.0")
                .body("@Activate public PluginMedian() { throw new IllegalStateException(\"no luck\"); }")
                .dropInto(runtime.home(), "broken.jar");
        // The message looks into the files, and those are listed a moment after their services.
        runtime.until(() -> runtime.services("median").size() == 2 && runtime.files() == 2);

        MissingPlugin missing = assertThrows(MissingPlugin.class, () -> runtime.lease("median"));

        assertEquals(
                "aggregator 'median' is not installed; broken.jar has it, but component PluginMedian failed to start:"
                        + " java.lang.IllegalStateException: no luck",
                missing.getMessage());
    }

    @Test
    void threadsThatAPluginLeavesBehindAreNamedOnceWhenNobodyHoldsIt() throws Exception {
        PluginSource.aggregator("median", "one").body("""
                @Override public boolean sumsOnly() {
                    try {
                        java.util.concurrent.Executors.newFixedThreadPool(1, work -> {
                            Thread thread = new Thread(work, "left-idle");
                            thread.setDaemon(true);
                            return thread;
                        }).submit(() -> 1).get();
                        return true;
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
                """).dropInto(runtime.home());
        Lease<Aggregator> first = runtime.leaseOf("median", "one");
        Lease<Aggregator> second = runtime.lease("median");
        try (PluginCode code = PluginCode.of(first.plugin())) {
            assertTrue(first.plugin().sumsOnly());
        }

        first.close();
        assertEquals(List.of(), first.threadsLeft(), "somebody holds it still");
        second.close();
        assertEquals(List.of("'left-idle'"), second.threadsLeft());
        assertEquals(List.of(), second.threadsLeft());

        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("left-idle"))
                .forEach(Thread::interrupt);
    }

    @Test
    void itsThreadsHaveNamesAndEndWithIt() throws Exception {
        assertEquals(List.of("weft-plugin-folders", "weft-plugins"), threads());
        runtime.plugins().deactivate();
        assertEquals(List.of(), threads());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("weft-"))
                .sorted()
                .toList();
    }
}
