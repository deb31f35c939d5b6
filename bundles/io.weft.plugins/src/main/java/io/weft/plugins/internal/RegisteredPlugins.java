package io.weft.plugins.internal;

import io.weft.api.plugin.Plugin;
import io.weft.plugins.Lease;
import io.weft.plugins.MissingPlugin;
import io.weft.plugins.PluginFile;
import io.weft.plugins.PluginService;
import io.weft.plugins.PluginState;
import io.weft.plugins.Plugins;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentConstants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.condition.Condition;

/**
 * Finds plugins among the framework's services by the property {@link Plugin#NAME}. Kinds are what the services say they are, so
 * a kind that another bundle defines needs no change here.
 *
 * <p>When every jar that lay in the plugin folders at the start has been dealt with, a {@link Condition} with the id
 * {@code io.weft.plugins} is registered: who must not begin without plugins waits for it.
 */
@Component(immediate = true)
public final class RegisteredPlugins implements Plugins {

    static final String READY = "io.weft.plugins";

    /** The launcher's properties; in a framework that it did not start there are no plugin folders. */
    private static final String INSTALLATION = "weft.installation";

    private static final String HOME = "weft.home";

    private static final String FOLDER = "plugins";

    private static final String NAMED = "(" + Plugin.NAME + "=*)";

    private final BundleContext context;
    private final WhyNot whyNot;
    private final JarDigests digests = new JarDigests();
    private final Changes changes = new Changes();
    private final ServiceListener services = event -> changes.happened();
    private final PluginFolders folders;

    @Activate
    public RegisteredPlugins(BundleContext context, @Reference ServiceComponentRuntime components) {
        this.context = context;
        this.whyNot = new WhyNot(context, components);
        try {
            context.addServiceListener(services, NAMED);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        Map<Path, Origin> watched = new LinkedHashMap<>();
        folder(INSTALLATION).ifPresent(root -> watched.put(root.resolve(FOLDER), Origin.DISTRIBUTION));
        folder(HOME).ifPresent(root -> watched.put(root.resolve(FOLDER), Origin.HOME));
        Path copies = folder(HOME)
                .map(root -> root.resolve("data"))
                .orElseGet(() -> context.getDataFile("").toPath())
                .resolve(FOLDER);
        this.folders = PluginFolders.start(context, watched, new PluginStore(copies), whyNot, new Announcements());
    }

    private Optional<Path> folder(String property) {
        return Optional.ofNullable(context.getProperty(property))
                .map(text -> Path.of(text).toAbsolutePath().normalize());
    }

    @Deactivate
    void deactivate() {
        context.removeServiceListener(services);
        folders.close();
    }

    private final class Announcements implements PluginFolders.Listener {

        @Override
        public void ready() {
            context.registerService(
                    Condition.class,
                    Condition.INSTANCE,
                    FrameworkUtil.asDictionary(Map.of(Condition.CONDITION_ID, READY)));
            changes.happened();
        }

        @Override
        public void changed() {
            changes.happened();
        }
    }

    @Override
    public <P extends Plugin> Lease<P> lease(Class<P> kind, String name) throws MissingPlugin {
        List<Candidate<P>> candidates = candidates(kind);
        for (Candidate<P> candidate : candidates) {
            if (candidate.name().equals(name)
                    && candidate.jar().map(InstalledJar::acquire).orElse(true)) {
                Optional<Lease<P>> lease = lease(candidate, kind, name);
                if (lease.isPresent()) {
                    return lease.get();
                }
                // What comes after it is not what was asked for: a failure must not choose another plugin.
                break;
            }
        }
        throw missing(kind, name, candidates);
    }

    private <P extends Plugin> Optional<Lease<P>> lease(Candidate<P> candidate, Class<P> kind, String name) {
        // A service that is on its way out, or whose component fails to start, gives null here.
        Optional<P> plugin = Optional.empty();
        try {
            Object service = context.getService((ServiceReference<?>) candidate.reference());
            plugin = Optional.ofNullable(service).filter(kind::isInstance).map(kind::cast);
            if (service != null && plugin.isEmpty()) {
                context.ungetService(candidate.reference());
            }
        } finally {
            if (plugin.isEmpty()) {
                candidate.jar().ifPresent(this::release);
            }
        }
        return plugin.map(held -> new ServiceLease<>(candidate, held, kind, name));
    }

    private <P extends Plugin> MissingPlugin missing(Class<P> kind, String name, List<Candidate<P>> candidates) {
        List<String> there = candidates.stream()
                .filter(candidate -> !candidate.isDraining())
                .map(Candidate::name)
                .filter(other -> !other.equals(name))
                .distinct()
                .sorted()
                .toList();
        Offer asked = new Offer(kind.getName(), name);
        List<String> hindered = folders.lines().stream()
                .flatMap(line -> line
                        .jar()
                        .filter(jar -> !jar.isDraining()
                                && jar.contents().components().offers().contains(asked))
                        .flatMap(this::whyNot)
                        .map(reason -> line.file().getFileName() + " has it, but " + reason)
                        .stream())
                .toList();
        return new MissingPlugin(kind, name, there, hindered);
    }

    @Override
    public Registration onChange(Runnable listener) {
        return changes.tell(listener);
    }

    private void release(InstalledJar jar) {
        if (jar.release()) {
            folders.wake();
        }
    }

    /**
     * Not through the typed question: in Felix 7 that one fails on a bundle that is uninstalled meanwhile. So what a service really is
     * is looked at when it is leased.
     */
    @SuppressWarnings("unchecked") // the name of its class is all that is asked for
    private <P extends Plugin> List<Candidate<P>> candidates(Class<P> kind) {
        try {
            ServiceReference<?>[] found = context.getAllServiceReferences(kind.getName(), NAMED);
            return found == null
                    ? List.of()
                    : ordered(Stream.of(found)
                            .map(reference -> (ServiceReference<P>) reference)
                            .toList());
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** All candidates of one kind, by precedence. */
    private <P> List<Candidate<P>> ordered(Collection<ServiceReference<P>> references) {
        List<Candidate<P>> candidates = new ArrayList<>();
        for (ServiceReference<P> reference : references) {
            Bundle bundle = reference.getBundle();
            if (bundle != null) {
                candidates.add(new Candidate<>(reference, bundle, folders.of(bundle)));
            }
        }
        candidates.sort(Candidate.PRECEDENCE);
        return candidates;
    }

    /** Every service's place among those of its kind and name. */
    private record Standing(PluginService service, Bundle bundle) {}

    private List<Standing> standings() {
        Map<Offer, List<ServiceReference<?>>> byName = new LinkedHashMap<>();
        for (ServiceReference<?> reference : named()) {
            for (String kind : (String[]) reference.getProperty(Constants.OBJECTCLASS)) {
                byName.computeIfAbsent(
                                new Offer(kind, String.valueOf(reference.getProperty(Plugin.NAME))),
                                offer -> new ArrayList<>())
                        .add(reference);
            }
        }
        List<Standing> standings = new ArrayList<>();
        byName.forEach((offer, references) -> standings.addAll(standings(offer, references)));
        return standings;
    }

    private List<Standing> standings(Offer offer, List<ServiceReference<?>> references) {
        List<Candidate<?>> candidates = new ArrayList<>();
        for (ServiceReference<?> reference : references) {
            Bundle bundle = reference.getBundle();
            if (bundle != null) {
                candidates.add(new Candidate<>(reference, bundle, folders.of(bundle)));
            }
        }
        candidates.sort(Candidate.PRECEDENCE);
        return candidates.stream()
                .map(candidate -> standing(offer, candidate, candidates.get(0)))
                .toList();
    }

    private Standing standing(Offer offer, Candidate<?> candidate, Candidate<?> first) {
        PluginState state = PluginState.ACTIVE;
        String reason = "";
        if (candidate.isDraining()) {
            state = PluginState.DRAINING;
            reason = draining(candidate.jar().get());
        } else if (!candidate.equals(first)) {
            state = PluginState.SHADOWED;
            reason = "by " + first.describe();
        } else {
            reason = hindrance(candidate).orElse("");
            state = reason.isEmpty() ? PluginState.ACTIVE : PluginState.INACTIVE;
        }
        String kind = offer.kind().substring(offer.kind().lastIndexOf('.') + 1);
        Bundle bundle = candidate.bundle();
        return new Standing(
                new PluginService(
                        kind,
                        offer.name(),
                        bundle.getSymbolicName(),
                        bundle.getVersion().toString(),
                        state,
                        reason),
                bundle);
    }

    /** A service is there before its component is made, so it is also there of one that cannot be made. */
    private Optional<String> hindrance(Candidate<?> candidate) {
        return Optional.ofNullable(candidate.reference().getProperty(ComponentConstants.COMPONENT_NAME))
                .flatMap(component -> whyNot.component(candidate.bundle(), component.toString()));
    }

    private static String draining(InstalledJar jar) {
        int leases = jar.leases();
        return "held by " + leases + (leases == 1 ? " lease" : " leases");
    }

    @Override
    public List<PluginService> services() {
        return List.copyOf(
                new TreeSet<>(standings().stream().map(Standing::service).toList()));
    }

    private List<ServiceReference<?>> named() {
        try {
            ServiceReference<?>[] all = context.getAllServiceReferences(null, NAMED);
            return Stream.ofNullable(all).flatMap(Arrays::stream).toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<PluginFile> files() {
        List<Standing> standings = standings();
        List<PluginFile> files = new ArrayList<>();
        for (PluginFolders.Line line : folders.lines()) {
            files.add(line.jar()
                    .map(jar -> installed(line, jar, standings))
                    .orElseGet(() -> new PluginFile(line.file(), PluginState.INACTIVE, "", "", "", line.reason())));
        }
        return files;
    }

    private PluginFile installed(PluginFolders.Line line, InstalledJar jar, List<Standing> standings) {
        List<String> reasons = new ArrayList<>();
        if (!line.reason().isEmpty()) {
            reasons.add(line.reason());
        }
        PluginState state = state(jar, standings, reasons);
        if (!line.file().equals(jar.source().file())) {
            reasons.add("the same jar as " + jar.source().file());
        }
        return new PluginFile(
                line.file(),
                state,
                jar.contents().bundle(),
                jar.contents().version(),
                jar.sha256(),
                String.join("; ", reasons));
    }

    private PluginState state(InstalledJar jar, List<Standing> all, List<String> reasons) {
        if (jar.isDraining()) {
            reasons.add(draining(jar));
            return PluginState.DRAINING;
        }
        List<PluginService> offered = all.stream()
                .filter(standing -> standing.bundle().equals(jar.bundle()))
                .map(Standing::service)
                .toList();
        Optional<String> hindrance = whyNot(jar);
        hindrance.ifPresent(reasons::add);
        if (offered.stream().anyMatch(service -> service.state() == PluginState.ACTIVE)) {
            return PluginState.ACTIVE;
        }
        Optional<PluginService> shadowed = offered.stream()
                .filter(service -> service.state() == PluginState.SHADOWED)
                .findFirst();
        if (shadowed.isPresent()) {
            reasons.add(shadowed.get().reason());
            return PluginState.SHADOWED;
        }
        if (hindrance.isEmpty()) {
            reasons.add("it registers no plugin: no component of it has the property " + Plugin.NAME);
        }
        return PluginState.INACTIVE;
    }

    /** Why a jar's bundle, or a component of it, does not work; empty when everything does. */
    private Optional<String> whyNot(InstalledJar jar) {
        Optional<String> bundle = whyNot.bundle(jar.bundle(), folders::whoHas);
        if (bundle.isPresent()) {
            return bundle;
        }
        List<String> reasons = new ArrayList<>(jar.contents().components().problems());
        reasons.addAll(whyNot.components(jar.bundle()));
        if (reasons.isEmpty() && whyNot.componentsOf(jar.bundle()) == 0) {
            jar.contents().components().offers().stream()
                    .map(offer -> "its description of " + offer
                            + " is none that Declarative Services takes, the log says why; build it with bnd")
                    .forEach(reasons::add);
        }
        return Optional.of(String.join("; ", reasons)).filter(text -> !text.isEmpty());
    }

    private final class ServiceLease<P extends Plugin> implements Lease<P> {

        private final Candidate<P> candidate;
        private final P plugin;
        private final Class<P> kind;
        private final String name;
        private final AtomicBoolean open = new AtomicBoolean(true);

        ServiceLease(Candidate<P> candidate, P plugin, Class<P> kind, String name) {
            this.candidate = candidate;
            this.plugin = plugin;
            this.kind = kind;
            this.name = name;
        }

        @Override
        public P plugin() {
            return plugin;
        }

        @Override
        public String bundle() {
            return candidate.bundle().getSymbolicName();
        }

        @Override
        public String version() {
            return candidate.bundle().getVersion().toString();
        }

        @Override
        public String sha256() {
            return candidate.jar().map(InstalledJar::sha256).orElseGet(() -> digests.of(candidate.bundle()));
        }

        @Override
        public List<String> threadsLeft() {
            Optional<InstalledJar> unheld = candidate.jar().filter(jar -> jar.leases() == 0);
            if (unheld.isEmpty()) {
                return List.of();
            }
            ThreadsOfJar threads =
                    new ThreadsOfJar(candidate.bundle(), plugin.getClass().getClassLoader());
            try {
                return threads.alive().stream()
                        .filter(unheld.get()::leaves)
                        .map(threads::describe)
                        .sorted()
                        .toList();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return List.of();
            }
        }

        @Override
        public boolean isCurrent() {
            return candidates(kind).stream()
                    .filter(other -> other.name().equals(name))
                    .findFirst()
                    .filter(first -> !first.isDraining()
                            && first.bundle().getBundleId()
                                    == candidate.bundle().getBundleId())
                    .isPresent();
        }

        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                try {
                    context.ungetService(candidate.reference());
                } catch (IllegalStateException e) {
                    // The framework has stopped, and every service with it.
                } finally {
                    candidate.jar().ifPresent(RegisteredPlugins.this::release);
                }
            }
        }
    }
}
