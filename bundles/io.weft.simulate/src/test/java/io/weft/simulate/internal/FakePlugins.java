package io.weft.simulate.internal;

import io.weft.aggregator.fedavg.FederatedAveraging;
import io.weft.api.aggregation.Aggregator;
import io.weft.api.plugin.Plugin;
import io.weft.api.training.Trainer;
import io.weft.api.transport.Transport;
import io.weft.api.workflow.Workflow;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import io.weft.server.internal.FederatedAveragingWorkflow;
import io.weft.transport.local.LocalTransport;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Plugins without a framework, which counts the leases that are open. */
final class FakePlugins implements Plugins {

    private record Key(Class<?> kind, String name) {}

    private final Map<Key, Plugin> plugins;
    private final AtomicInteger open = new AtomicInteger();

    FakePlugins(Trainer trainer) {
        plugins = Map.of(
                new Key(Transport.class, "local"), new LocalTransport(),
                new Key(Aggregator.class, "fedavg"), new FederatedAveraging(),
                new Key(Workflow.class, "fedavg"), new FederatedAveragingWorkflow(),
                new Key(Trainer.class, "fake"), trainer);
    }

    int open() {
        return open.get();
    }

    @Override
    public <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin {
        Plugin found = plugins.get(new Key(kind, name));
        if (found == null) {
            throw new MissingPlugin(
                    kind,
                    name,
                    plugins.keySet().stream()
                            .filter(key -> key.kind().equals(kind))
                            .map(Key::name)
                            .sorted()
                            .toList());
        }
        open.incrementAndGet();
        return new FakeLease<>(kind.cast(found));
    }

    @Override
    public List<PluginService> services() {
        Map<String, PluginService> services = new TreeMap<>();
        plugins.keySet()
                .forEach(key -> services.put(
                        key.toString(), new PluginService(key.kind().getSimpleName(), key.name(), "fake", "1.0.0")));
        return List.copyOf(services.values());
    }

    private final class FakeLease<P extends Plugin> implements Lease<P> {

        private final P plugin;

        FakeLease(P plugin) {
            this.plugin = plugin;
        }

        @Override
        public P plugin() {
            return plugin;
        }

        @Override
        public String bundle() {
            return "fake";
        }

        @Override
        public String version() {
            return "1.0.0";
        }

        @Override
        public String sha256() {
            return "0".repeat(64);
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
