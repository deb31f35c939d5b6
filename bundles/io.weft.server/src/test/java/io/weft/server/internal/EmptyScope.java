package io.weft.server.internal;

import io.weft.api.plugin.Plugin;
import io.weft.exchange.Cancellation;
import io.weft.job.JobFile;
import io.weft.plugins.JobScope;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Scopes that hold nothing, of jobs for which there are no plugins. */
final class EmptyScope {

    private EmptyScope() {}

    static JobScope of(String job) {
        return new JobScope(
                new NoPlugins(),
                new JobScope.Place(job, Optional.empty(), 0, Path.of("state")),
                JobFile.parse("""
                        name: tracked
                        workflow: {rounds: 2}
                        model: {base: base}
                        trainer: own
                        """, "job.yaml"),
                new Unrecorded(new Cancellation()));
    }

    private static final class NoPlugins implements Plugins {

        @Override
        public <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin {
            throw new MissingPlugin(kind, name, List.of());
        }

        @Override
        public List<PluginService> services() {
            return List.of();
        }
    }
}
