package io.weft.shell.internal;

import io.weft.api.plugin.Plugin;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.util.List;
import java.util.Map;

/** The plugins of one kind, by name; counts the leases that are open. */
final class FakePlugins implements Plugins {

    private final Class<? extends Plugin> kind;
    private final Map<String, ? extends Plugin> plugins;
    private int open;

    <P extends Plugin> FakePlugins(Class<P> kind, Map<String, P> plugins) {
        this.kind = kind;
        this.plugins = Map.copyOf(plugins);
    }

    int open() {
        return open;
    }

    @Override
    public <P extends Plugin> Lease<P> lease(Class<P> wanted, String name) throws MissingPlugin {
        if (!wanted.equals(kind) || !plugins.containsKey(name)) {
            throw new MissingPlugin(wanted, name, List.copyOf(plugins.keySet()));
        }
        open++;
        return new FakeLease<>(wanted.cast(plugins.get(name)));
    }

    @Override
    public List<PluginService> services() {
        return plugins.keySet().stream()
                .sorted()
                .map(name -> new PluginService(kind.getSimpleName(), name, "bundle." + name, "1.0.0"))
                .toList();
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
            return "bundle";
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
            open--;
        }
    }
}
