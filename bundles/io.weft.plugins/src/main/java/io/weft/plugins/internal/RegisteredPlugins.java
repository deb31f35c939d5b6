package io.weft.plugins.internal;

import io.weft.api.plugin.Plugin;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Finds plugins among the framework's services by the property {@link Plugin#NAME}. Kinds are what the services say they are, so
 * a kind that another bundle defines needs no change here. Of two services with one name the framework's order decides: higher
 * ranking, then older.
 */
@Component
public final class RegisteredPlugins implements Plugins {

    private final BundleContext context;
    private final JarDigests digests = new JarDigests();

    @Activate
    public RegisteredPlugins(BundleContext context) {
        this.context = context;
    }

    @Override
    public <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin {
        Collection<ServiceReference<P>> references = references(kind);
        Optional<ServiceReference<P>> found = references.stream()
                .filter(reference -> name.equals(reference.getProperty(Plugin.NAME)))
                .max(ServiceReference::compareTo);
        if (found.isPresent()) {
            // A service that is on its way out, or whose component fails to start, gives null here.
            P plugin = context.getService(found.get());
            if (plugin != null) {
                return new ServiceLease<>(found.get(), plugin);
            }
        }
        throw new MissingPlugin(
                kind,
                name,
                references.stream()
                        .map(RegisteredPlugins::name)
                        .distinct()
                        .sorted()
                        .toList());
    }

    @Override
    public List<PluginService> services() {
        TreeSet<PluginService> services = new TreeSet<>();
        for (ServiceReference<?> reference : named()) {
            Bundle bundle = reference.getBundle();
            if (bundle == null) {
                continue;
            }
            for (String type : (String[]) reference.getProperty("objectClass")) {
                services.add(new PluginService(
                        type.substring(type.lastIndexOf('.') + 1),
                        name(reference),
                        bundle.getSymbolicName(),
                        bundle.getVersion().toString()));
            }
        }
        return List.copyOf(services);
    }

    private <P extends Plugin> Collection<ServiceReference<P>> references(Class<P> kind) {
        try {
            return context.getServiceReferences(kind, "(" + Plugin.NAME + "=*)");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<ServiceReference<?>> named() {
        try {
            ServiceReference<?>[] all = context.getAllServiceReferences(null, "(" + Plugin.NAME + "=*)");
            return Stream.ofNullable(all).flatMap(Arrays::stream).toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String name(ServiceReference<?> reference) {
        return String.valueOf(reference.getProperty(Plugin.NAME));
    }

    private final class ServiceLease<P extends Plugin> implements Lease<P> {

        private final ServiceReference<P> reference;
        private final P plugin;
        private final Bundle bundle;
        private final AtomicBoolean open = new AtomicBoolean(true);

        ServiceLease(ServiceReference<P> reference, P plugin) {
            this.reference = reference;
            this.plugin = plugin;
            this.bundle = FrameworkUtil.getBundle(plugin.getClass());
        }

        @Override
        public P plugin() {
            return plugin;
        }

        @Override
        public String bundle() {
            return bundle.getSymbolicName();
        }

        @Override
        public String version() {
            return bundle.getVersion().toString();
        }

        @Override
        public String sha256() {
            return digests.of(bundle);
        }

        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                context.ungetService(reference);
            }
        }
    }
}
