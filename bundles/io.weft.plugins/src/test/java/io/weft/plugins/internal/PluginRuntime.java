package io.weft.plugins.internal;

import aQute.bnd.osgi.Jar;
import io.weft.api.aggregation.Aggregator;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginFile;
import io.weft.plugins.PluginService;
import io.weft.plugins.Plugins;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.launch.Framework;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.condition.Condition;

/** A framework with Declarative Services and a home, whose plugins are those of the test's own class path. */
final class PluginRuntime implements AutoCloseable {

    private final Framework framework;
    private final Path home;
    private final Path installation;
    private RegisteredPlugins plugins;

    private PluginRuntime(Framework framework, Path home, Path installation) {
        this.framework = framework;
        this.home = home;
        this.installation = installation;
    }

    static PluginRuntime start(Path root) throws BundleException, IOException, InterruptedException {
        return start(root, root.resolve("cache"));
    }

    static PluginRuntime start(Path root, Path cache) throws BundleException, IOException, InterruptedException {
        Path home = Files.createDirectories(root.resolve("home"));
        Path installation = Files.createDirectories(root.resolve("installation"));
        Framework framework = new FrameworkFactory()
                .newFramework(Map.of(
                        Constants.FRAMEWORK_STORAGE,
                        cache.toString(),
                        Constants.FRAMEWORK_BSNVERSION,
                        Constants.FRAMEWORK_BSNVERSION_MULTIPLE,
                        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                        String.join(
                                ",",
                                apiPackages(),
                                "org.osgi.service.component;version=1.5.1",
                                "org.osgi.service.component.runtime;version=1.5",
                                "org.osgi.service.component.runtime.dto;version=1.5",
                                "org.osgi.util.promise;version=1.3",
                                "org.osgi.util.function;version=1.2"),
                        "weft.home",
                        home.toString(),
                        "weft.installation",
                        installation.toString()));
        framework.start();
        PluginRuntime runtime = new PluginRuntime(framework, home, installation);
        BundleContext context = framework.getBundleContext();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (new File(entry).getName().startsWith("org.apache.felix.scr-")) {
                context.installBundle(new File(entry).toURI().toString()).start();
            }
        }
        runtime.plugins = new RegisteredPlugins(
                context, context.getService(context.getServiceReference(ServiceComponentRuntime.class)));
        runtime.until(runtime::isReady);
        return runtime;
    }

    /** What io.weft.api exports, as its manifest says, so that its versions need not be kept here too. */
    private static String apiPackages() throws IOException {
        URL api = Aggregator.class.getProtectionDomain().getCodeSource().getLocation();
        try (Jar jar = new Jar(Path.of(api.getPath()).toFile())) {
            return jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(api + " has no manifest that can be read", e);
        }
    }

    Path home() {
        return home.resolve("plugins");
    }

    Path copies() {
        return home.resolve("data").resolve("plugins");
    }

    Path distribution() {
        return installation.resolve("plugins");
    }

    RegisteredPlugins plugins() {
        return plugins;
    }

    BundleContext context() {
        return framework.getBundleContext();
    }

    boolean isReady() {
        try {
            Collection<?> conditions =
                    context().getServiceReferences(Condition.class, "(" + Condition.CONDITION_ID + "=io.weft.plugins)");
            return !conditions.isEmpty();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until something holds; whoever calls is given a limit by the test. */
    void until(BooleanSupplier holds) throws InterruptedException {
        Semaphore changed = new Semaphore(0);
        try (Plugins.Registration registration = plugins.onChange(changed::release)) {
            while (!holds.getAsBoolean()) {
                changed.acquire();
                changed.drainPermits();
            }
        }
    }

    Lease<Aggregator> lease(String name) throws MissingPlugin {
        return plugins.lease(Aggregator.class, name);
    }

    /** Waits until a new lease gives this answer. */
    Lease<Aggregator> leaseOf(String name, String answer) throws InterruptedException {
        AtomicReference<Lease<Aggregator>> found = new AtomicReference<>();
        until(() -> {
            try {
                Lease<Aggregator> lease = lease(name);
                if (lease.plugin().toString().equals(answer)) {
                    found.set(lease);
                    return true;
                }
                lease.close();
                return false;
            } catch (MissingPlugin e) {
                return false;
            }
        });
        return found.get();
    }

    boolean isThere(String name) {
        return plugins.services().stream().anyMatch(service -> service.name().equals(name));
    }

    PluginFile file(String name) {
        return plugins.files().stream()
                .filter(file -> file.file().getFileName().toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in " + plugins.files()));
    }

    /** How many files are listed; one whose services are there already may be missing yet. */
    int files() {
        return plugins.files().size();
    }

    /** Whether the file is listed with a reason that begins so. */
    boolean says(String name, String reason) {
        return plugins.files().stream()
                .anyMatch(file -> file.file().getFileName().toString().equals(name)
                        && file.reason().startsWith(reason));
    }

    boolean lists(String name) {
        return plugins.files().stream()
                .anyMatch(file -> file.file().getFileName().toString().equals(name)
                        && !file.reason().equals("it is being written"));
    }

    List<PluginService> services(String name) {
        return plugins.services().stream()
                .filter(service -> service.name().equals(name))
                .toList();
    }

    List<String> locations() {
        return Arrays.stream(context().getBundles())
                .map(Bundle::getLocation)
                .filter(location -> location.startsWith("weft:"))
                .sorted()
                .toList();
    }

    @Override
    public void close() throws BundleException, InterruptedException {
        plugins.deactivate();
        framework.stop();
        framework.waitForStop(10_000);
    }
}
