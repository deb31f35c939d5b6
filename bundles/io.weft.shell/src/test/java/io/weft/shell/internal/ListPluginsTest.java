package io.weft.shell.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.api.plugin.Plugin;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginFile;
import io.weft.plugins.PluginService;
import io.weft.plugins.PluginState;
import io.weft.plugins.Plugins;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListPluginsTest {

    private final Recording recording = new Recording();

    @Test
    void listsServicesAndThenFiles() throws IOException, InterruptedException {
        assertEquals(0, new ListPlugins(new Listed(), null).run(List.of(), recording.screen()));

        assertEquals("""
                kind        name    state     bundle   version
                Aggregator  median  active    medians  2.0.0
                Aggregator  median  shadowed  medians  1.0.0    by medians 2.0.0 (/home/plugins/two.jar)

                /home/plugins
                  two.jar  active    medians  2.0.0
                  one.jar  shadowed  medians  1.0.0  by medians 2.0.0 (/home/plugins/two.jar)
                  x.txt    inactive                  its name does not end in .jar
                """, recording.out());
    }

    @Test
    void printsAnObjectALineForPrograms() throws IOException, InterruptedException {
        assertEquals(0, new ListPlugins(new Listed(), null).run(List.of("--json"), recording.screen()));

        List<String> lines = recording.out().lines().toList();
        assertEquals(5, lines.size());
        assertEquals(
                "{\"kind\":\"Aggregator\",\"name\":\"median\",\"bundle\":\"medians\",\"version\":\"2.0.0\",\"state\":\"active\","
                        + "\"reason\":\"\"}",
                lines.get(0));
        assertEquals(
                "{\"file\":\"/home/plugins/x.txt\",\"state\":\"inactive\",\"bundle\":\"\",\"version\":\"\",\"sha256\":\"\","
                        + "\"reason\":\"its name does not end in .jar\"}",
                lines.get(4));
    }

    @Test
    void aNameListsItsPluginsAndTheirFiles() throws IOException, InterruptedException {
        var command = new ListPlugins(new Listed(), null);
        assertEquals(0, command.run(List.of("median", "--json"), recording.screen()));

        assertEquals(4, recording.out().lines().count());
        assertFalse(recording.out().contains("x.txt"), recording.out());
        assertEquals(List.of("median"), command.known("NAME"));
    }

    @Test
    void aNameThatNoPluginHasIsRefused() throws InterruptedException {
        var command = new ListPlugins(new Listed(), null);
        assertEquals(2, Session.run(recording.screen(), () -> command.run(List.of("medain"), recording.screen())));
        assertTrue(
                recording
                        .err()
                        .startsWith("weft: there is no plugin 'medain'; did you mean 'median'? (there are: median)"),
                recording.err());
    }

    private static final class Listed implements Plugins {

        private static final String SHADOWED = "by medians 2.0.0 (/home/plugins/two.jar)";

        @Override
        public <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin {
            throw new MissingPlugin(kind, name, List.of());
        }

        @Override
        public List<PluginService> services() {
            return List.of(
                    new PluginService("Aggregator", "median", "medians", "2.0.0"),
                    new PluginService("Aggregator", "median", "medians", "1.0.0", PluginState.SHADOWED, SHADOWED));
        }

        @Override
        public List<PluginFile> files() {
            return List.of(
                    file("two.jar", PluginState.ACTIVE, "medians", "2.0.0", "ab12", ""),
                    file("one.jar", PluginState.SHADOWED, "medians", "1.0.0", "cd34", SHADOWED),
                    file("x.txt", PluginState.INACTIVE, "", "", "", "its name does not end in .jar"));
        }

        private static PluginFile file(
                String name, PluginState state, String bundle, String version, String sha256, String reason) {
            return new PluginFile(Path.of("/home/plugins", name), state, bundle, version, sha256, reason);
        }
    }
}
