package io.weft.launch.internal;

import io.weft.launch.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running framework with every bundle of the installation; what lies in plugin folders is io.weft.plugins' affair. */
final class Platform implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Platform.class);

    private static final Duration STOP = Duration.ofSeconds(10);

    private final Framework framework;
    private final LogForwarder forwarder;
    private final Diagnosis diagnosis;
    private final ServiceTracker<Command, Command> commands;

    private Platform(Framework framework) {
        BundleContext context = framework.getBundleContext();
        this.framework = framework;
        this.forwarder = new LogForwarder(context);
        this.diagnosis = new Diagnosis(context);
        this.commands = new ServiceTracker<>(context, Command.class, null);
    }

    /** Starts it; a bundle that fails is left out and remembered for {@link #awaitCommand}. */
    static Platform start(Installation installation, Home home, Path cache, boolean terminal)
            throws IOException, BundleException {
        Framework framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow(() -> new Unstartable("there is no OSGi framework in "
                        + installation.root().resolve("lib") + "; unpack the archive again"))
                .newFramework(properties(installation, home, cache, terminal));
        framework.init();
        Platform platform = new Platform(framework);
        try {
            platform.forwarder.open();
            platform.commands.open();
            framework.getBundleContext().addFrameworkListener(Platform::log);
            platform.install(installation);
            framework.start();
            return platform;
        } catch (IOException | BundleException | RuntimeException e) {
            platform.close();
            throw e;
        }
    }

    private static Map<String, String> properties(Installation installation, Home home, Path cache, boolean terminal)
            throws IOException {
        SystemPackages packages = SystemPackages.ofClassPath(Platform.class.getClassLoader());
        Map<String, String> properties = new HashMap<>();
        properties.put(Constants.FRAMEWORK_STORAGE, cache.toString());
        properties.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        properties.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
        properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, packages.exports());
        properties.put(
                Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(StartLevel.HIGHEST_AT_START.number()));
        // Felix would print to the console; what it reports comes to the log as framework events.
        properties.put("felix.log.level", "0");
        properties.put(Command.INSTALLATION, installation.root().toString());
        properties.put(Command.HOME, home.root().toString());
        properties.put(Command.NATIVES, installation.natives().toString());
        properties.put(Command.VERSION, packages.version());
        properties.put(Command.TERMINAL, Boolean.toString(terminal));
        properties.put(Command.SHELL_LEVEL, Integer.toString(StartLevel.SHELL.number()));
        return properties;
    }

    private void install(Installation installation) throws IOException {
        for (Path jar : installation.bundles()) {
            // By reference: the installation's own jars do not change under a running process, so nothing is copied.
            install(jar, "reference:" + jar.toUri());
        }
    }

    private void install(Path jar, String location) {
        try {
            Bundle bundle = framework.getBundleContext().installBundle(location);
            if (bundle.getSymbolicName() == null) {
                diagnosis.refused(jar, "it is not an OSGi bundle: its manifest has no Bundle-SymbolicName");
                bundle.uninstall();
                return;
            }
            bundle.adapt(BundleStartLevel.class)
                    .setStartLevel(StartLevel.of(bundle.getSymbolicName()).number());
            boolean fragment = (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
            if (!fragment) {
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        } catch (BundleException | RuntimeException e) {
            diagnosis.refused(jar, e.getMessage());
            LOG.warn("{} was not installed", jar, e);
        }
    }

    private static void log(FrameworkEvent event) {
        if (event.getType() == FrameworkEvent.ERROR) {
            LOG.error("{} failed", event.getBundle(), event.getThrowable());
        } else if (event.getType() == FrameworkEvent.WARNING) {
            LOG.warn("{} reports", event.getBundle(), event.getThrowable());
        }
    }

    /** Offers something of the launcher's to bundles. */
    <S> void offer(Class<S> type, S service) {
        framework.getBundleContext().registerService(type, service, null);
    }

    /** Waits for the command that the shell bundle registers; says what hinders it when it does not come. */
    Command awaitCommand(Duration limit) throws InterruptedException {
        Command command = commands.waitForService(limit.toMillis());
        if (command == null) {
            throw new Unstartable(
                    "no bundle offered a command within " + limit.toSeconds() + " s; " + diagnosis.describe());
        }
        return command;
    }

    @Override
    public void close() throws BundleException {
        commands.close();
        forwarder.close();
        framework.stop();
        try {
            framework.waitForStop(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
