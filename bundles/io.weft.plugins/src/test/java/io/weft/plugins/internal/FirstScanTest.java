package io.weft.plugins.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.aggregation.Aggregator;
import io.weft.plugins.Lease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class FirstScanTest {

    @TempDir
    Path root;

    @Test
    void whatLiesThereIsLeasableAsSoonAsTheConditionIs() throws Exception {
        PluginSource.aggregator("median", "home").dropInto(root.resolve("home/plugins"));
        PluginSource.aggregator("mean", "distribution").dropInto(root.resolve("installation/plugins"));

        try (PluginRuntime runtime = PluginRuntime.start(root)) {
            try (Lease<Aggregator> median = runtime.lease("median");
                    Lease<Aggregator> mean = runtime.lease("mean")) {
                assertEquals("home", median.plugin().toString());
                assertEquals("distribution", mean.plugin().toString());
            }
        }
    }

    @Test
    void readinessWaitsForAJarThatWasJustWritten() throws Exception {
        Path jar = PluginSource.aggregator("median", "one").dropInto(root.resolve("home/plugins"));
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));

        try (PluginRuntime runtime = PluginRuntime.start(root);
                Lease<Aggregator> lease = runtime.lease("median")) {
            assertEquals("one", lease.plugin().toString());
        }
    }

    @Test
    void noPluginsAtAllIsReadyToo() throws Exception {
        try (PluginRuntime runtime = PluginRuntime.start(root)) {
            assertTrue(runtime.isReady());
            assertTrue(Files.isDirectory(runtime.home()));
        }
    }

    @Test
    void copiesOfFormerProcessesAreSweptAway() throws Exception {
        Path copies = Files.createDirectories(root.resolve("home/data/plugins"));
        Path stale = Files.writeString(copies.resolve("0123.jar"), "");
        Path abandoned = Files.writeString(copies.resolve("0-1.part"), "");
        PluginSource.aggregator("median", "one").dropInto(root.resolve("home/plugins"));

        try (PluginRuntime runtime = PluginRuntime.start(root)) {
            Path kept = copies.resolve(runtime.lease("median").sha256() + ".jar");
            assertFalse(Files.exists(abandoned));
            assertFalse(Files.exists(stale));
            assertTrue(Files.exists(kept));
        }
    }

    @Test
    void twoProcessesShareAHome() throws Exception {
        try (PluginRuntime one = PluginRuntime.start(root, root.resolve("cache-1"));
                PluginRuntime other = PluginRuntime.start(root, root.resolve("cache-2"))) {
            Path jar = PluginSource.aggregator("median", "one").dropInto(one.home());
            one.leaseOf("median", "one").close();
            Lease<Aggregator> held = other.leaseOf("median", "one");
            Files.delete(jar);
            one.until(() -> one.locations().isEmpty());
            other.until(() -> !held.isCurrent());
            assertEquals("one", held.plugin().toString());
            held.close();
            other.until(() -> other.locations().isEmpty());
        }
    }
}
