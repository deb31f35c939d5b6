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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Plugins without a framework, which counts the leases that are open. */
final class FakePlugins implements Plugins {

    private record Key(Class<?> kind, String name) {}

    private record Installed(Plugin plugin, String version) {}

    private final Map<Key, Installed> plugins = new ConcurrentHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();

    FakePlugins(Trainer trainer) {
        install(Transport.class, "local", new LocalTransport(), "1.0.0");
        install(Aggregator.class, "fedavg", new FederatedAveraging(), "1.0.0");
        install(Workflow.class, "fedavg", new FederatedAveragingWorkflow(), "1.0.0");
        install(Trainer.class, "fake", trainer, "1.0.0");
    }

    /** Puts a plugin there, in the place of the one of that name. */
    <P extends Plugin> void install(Class<P> kind, String name, P plugin, String version) {
        plugins.put(new Key(kind, name), new Installed(plugin, version));
        listeners.forEach(Runnable::run);
    }

    void remove(Class<? extends Plugin> kind, String name) {
        plugins.remove(new Key(kind, name));
        listeners.forEach(Runnable::run);
    }

    @Override
    public Registration onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    int open() {
        return open.get();
    }

    @Override
    public <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin {
        Installed found = plugins.get(new Key(kind, name));
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
        return new FakeLease<>(new Key(kind, name), found, kind.cast(found.plugin()));
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

        private final Key key;
        private final Installed installed;
        private final P plugin;

        FakeLease(Key key, Installed installed, P plugin) {
            this.key = key;
            this.installed = installed;
            this.plugin = plugin;
        }

        @Override
        public boolean isCurrent() {
            return installed.equals(plugins.get(key));
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
            return installed.version();
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
