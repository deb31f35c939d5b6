package io.weft.shell.internal;

import io.weft.lm.tuning.TuningStrategy;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Leases of all tuning strategies there are: which of them made an adapter is known only when it is opened. */
final class Strategies implements AutoCloseable {

    private final List<Lease<TuningStrategy>> leases = new ArrayList<>();

    Strategies(Plugins plugins) {
        plugins.services().stream()
                .filter(service -> service.kind().equals(TuningStrategy.class.getSimpleName()))
                .map(PluginService::name)
                .distinct()
                .forEach(name -> leases.add(lease(name, plugins)));
    }

    Collection<TuningStrategy> all() {
        return leases.stream().map(Lease::plugin).toList();
    }

    @Override
    public void close() {
        leases.forEach(Lease::close);
    }

    private Lease<TuningStrategy> lease(String name, Plugins plugins) {
        try {
            return plugins.lease(TuningStrategy.class, name);
        } catch (MissingPlugin e) {
            close();
            throw e.refusal();
        }
    }
}
