package io.weft.plugins.internal;

import io.weft.tensor.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BinaryOperator;
import java.util.jar.JarFile;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one bundle installed for every jar in the plugin folders, side by side: a bundle that is updated in place fails at its next
 * class load, so a file with new contents is a new bundle, and the old one stays until the last lease on it is closed.
 *
 * <p>All that changes bundles happens on one thread, which compares what the folders hold with what is installed whenever it is
 * woken: by the folders, by a lease that was closed, or when a file should have become still.
 */
final class PluginFolders implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PluginFolders.class);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Locations of bundles that this class installs: {@code weft:<sha-256>}. */
    private static final String LOCATION = "weft:";

    /** Who is told what. */
    interface Listener {

        /** Every file that was in the folders at the start, and was still, has been dealt with. */
        void ready();

        /** Leases may come out differently now. */
        void changed();
    }

    /** What a file holds. */
    private sealed interface Contents {
        /** Nothing is known yet: somebody writes it. */
        record Changing() implements Contents {}

        record Refused(String reason) implements Contents {}

        record Installed(String sha256, InstalledJar.Source source) implements Contents {}
    }

    /**
     * @param glimpse the file when it was read
     * @param note what to say although its contents are in force; or empty text
     */
    private record Entry(Optional<Glimpse> glimpse, Contents contents, String note) {
        static Entry of(Glimpse glimpse, Contents contents) {
            return new Entry(Optional.of(glimpse), contents, "");
        }
    }

    /** What says to people what the folder is for; Weft ships one. */
    private static final String EXPLANATION = "README.md";

    private final BundleContext context;
    private final Map<Path, Origin> folders;
    private final PluginStore store;
    private final WhyNot whyNot;
    private final Listener listener;

    private final Stillness stillness = new Stillness();
    private final Map<String, InstalledJar> installed = new ConcurrentHashMap<>();
    private volatile SortedMap<Path, Entry> entries = new TreeMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signal = lock.newCondition();
    private boolean woken = true;
    private boolean closed;

    private final Thread thread;
    private Optional<FolderWatch> watch = Optional.empty();

    private PluginFolders(
            BundleContext context, Map<Path, Origin> folders, PluginStore store, WhyNot whyNot, Listener listener) {
        this.context = context;
        this.folders = Map.copyOf(folders);
        this.store = store;
        this.whyNot = whyNot;
        this.listener = listener;
        this.thread = new Thread(this::run, "weft-plugins");
        this.thread.setDaemon(true);
    }

    /** Begins to watch the folders; returns before the first look at them. */
    static PluginFolders start(
            BundleContext context, Map<Path, Origin> folders, PluginStore store, WhyNot whyNot, Listener listener) {
        PluginFolders started = new PluginFolders(context, folders, store, whyNot, listener);
        makeHomes(folders);
        try {
            started.watch = Optional.of(FolderWatch.start(folders.keySet(), started::wake));
        } catch (IOException e) {
            LOG.warn("changes in {} count from the next start on: {}", folders.keySet(), e.toString());
        }
        started.thread.start();
        return started;
    }

    /** So that there is a folder to drop a jar into. */
    private static void makeHomes(Map<Path, Origin> folders) {
        folders.forEach((folder, origin) -> {
            try {
                if (origin == Origin.HOME) {
                    Files.createDirectories(folder);
                }
            } catch (IOException e) {
                LOG.warn("{} cannot be made: {}", folder, e.toString());
            }
        });
    }

    /** The jar that a bundle was installed from, when it came from a plugin folder. */
    Optional<InstalledJar> of(Bundle bundle) {
        String location = bundle.getLocation();
        return location.startsWith(LOCATION)
                ? Optional.ofNullable(installed.get(location.substring(LOCATION.length())))
                : Optional.empty();
    }

    /** Looks at the folders and at the leases again, soon. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            signal.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        boolean ready = false;
        OptionalLong first = OptionalLong.empty();
        while (awaitWork()) {
            long look = System.nanoTime();
            try {
                reconcile();
            } catch (RuntimeException e) {
                LOG.error("the plugin folders were not dealt with", e);
            }
            // A file may be written for ever, so readiness waits until a look finds still what the first one saw, and
            // no longer.
            boolean looked = first.isPresent() && look - first.getAsLong() >= Stillness.SPAN.toNanos();
            if (first.isEmpty()) {
                first = OptionalLong.of(System.nanoTime());
            }
            if (!ready && (stillness.allStill() || looked)) {
                ready = true;
                store.sweep(installed.keySet());
                listener.ready();
            }
        }
    }

    /** Waits until there is something to do; false when there is nothing to do any more. */
    private boolean awaitWork() {
        lock.lock();
        try {
            long left = Stillness.SPAN.toNanos();
            while (!woken && !closed && left > 0) {
                if (stillness.allStill()) {
                    signal.await();
                } else {
                    left = signal.awaitNanos(left);
                }
            }
            woken = false;
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void reconcile() {
        SortedMap<Path, Entry> seen = new TreeMap<>();
        folders.forEach((folder, origin) -> {
            try {
                look(folder, origin).forEach(glimpse -> seen.put(glimpse.file(), entry(glimpse)));
            } catch (IOException e) {
                LOG.warn("{} cannot be listed, so what was installed from it stays: {}", folder, e.toString());
                entries.entrySet().stream()
                        .filter(entry -> folder.equals(entry.getKey().getParent()))
                        .forEach(entry -> seen.put(entry.getKey(), entry.getValue()));
            }
        });
        stillness.retain(seen.keySet());
        Map<String, InstalledJar.Source> wanted = wanted(seen);
        boolean changed = !seen.equals(entries);
        entries = seen;
        for (InstalledJar jar : installed.values()) {
            InstalledJar.Source source = wanted.get(jar.sha256());
            if (source == null) {
                changed |= !jar.isDraining();
                jar.drain();
            } else {
                jar.wanted(source);
            }
        }
        if (changed) {
            listener.changed();
        }
        List<InstalledJar> idle =
                installed.values().stream().filter(InstalledJar::retire).toList();
        idle.forEach(this::uninstall);
        if (!idle.isEmpty()) {
            listener.changed();
        }
    }

    private static List<Glimpse> look(Path folder, Origin origin) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Glimpse> glimpses = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!name.startsWith(".") && !name.equals(EXPLANATION)) {
                    Glimpse.of(file, origin).ifPresent(glimpses::add);
                }
            }
        }
        return glimpses;
    }

    private Entry entry(Glimpse glimpse) {
        Optional<Entry> before = Optional.ofNullable(entries.get(glimpse.file()));
        if (before.flatMap(Entry::glimpse).equals(Optional.of(glimpse))) {
            return before.get();
        }
        Optional<String> noFile = noFile(glimpse.kind());
        if (noFile.isPresent()) {
            return Entry.of(glimpse, new Contents.Refused(noFile.get()));
        }
        if (!glimpse.file().getFileName().toString().endsWith(".jar")) {
            return Entry.of(glimpse, new Contents.Refused("its name does not end in .jar"));
        }
        if (!stillness.isStill(glimpse, System.nanoTime(), Instant.now())) {
            return changing(before);
        }
        try (PluginStore.Copy copy = store.copy(glimpse.file())) {
            if (!Glimpse.of(glimpse.file(), glimpse.origin()).equals(Optional.of(glimpse))) {
                wake();
                return changing(before);
            }
            return read(glimpse, copy, before);
        } catch (IOException e) {
            // A full disk, for one: what was in force stays so, and the next look tries again.
            String reason = "it cannot be read: " + FileProblem.words(e);
            return new Entry(Optional.empty(), inForce(before, reason), reason);
        } catch (RuntimeException e) {
            LOG.warn("{} was not installed", glimpse.file(), e);
            return Entry.of(glimpse, new Contents.Refused("it is broken: " + WhyNot.oneLine(e)));
        }
    }

    private static Optional<String> noFile(Glimpse.Kind kind) {
        return switch (kind) {
            case FILE -> Optional.empty();
            case FOLDER -> Optional.of("it is a folder; only jars that lie here directly count");
            case LINK_TO_NOTHING -> Optional.of("it is a link to what is not there, or may not be read");
            case OTHER -> Optional.of("it is a pipe, a socket or a device, which cannot be a jar");
        };
    }

    private static Contents inForce(Optional<Entry> before, String otherwise) {
        return before.map(Entry::contents)
                .filter(contents -> contents instanceof Contents.Installed)
                .orElseGet(() -> new Contents.Refused(otherwise));
    }

    /** What was in force stays so until the new contents are whole. */
    private static Entry changing(Optional<Entry> before) {
        return new Entry(
                Optional.empty(), before.map(Entry::contents).orElseGet(Contents.Changing::new), "it is being written");
    }

    private Entry read(Glimpse glimpse, PluginStore.Copy copy, Optional<Entry> before) throws IOException {
        try {
            InstalledJar.Source source = new InstalledJar.Source(glimpse.file(), glimpse.origin(), glimpse.modified());
            if (!installed.containsKey(copy.sha256())) {
                install(copy, PluginJar.inspect(copy.file()), source);
            }
            return Entry.of(glimpse, new Contents.Installed(copy.sha256(), source));
        } catch (UnfinishedJar e) {
            return new Entry(Optional.of(glimpse), inForce(before, e.getMessage()), e.getMessage());
        } catch (NotAPlugin e) {
            LOG.warn("{}: {}", glimpse.file(), e.getMessage());
            return Entry.of(glimpse, new Contents.Refused(e.getMessage()));
        } catch (BundleException e) {
            LOG.warn("{} was not installed", glimpse.file(), e);
            return Entry.of(glimpse, new Contents.Refused(WhyNot.refused(e)));
        }
    }

    private void install(PluginStore.Copy copy, PluginJar contents, InstalledJar.Source source)
            throws IOException, BundleException {
        Bundle bundle;
        try (InputStream in = Files.newInputStream(copy.file())) {
            bundle = context.installBundle(LOCATION + copy.sha256(), in);
        }
        copy.keep();
        installed.put(copy.sha256(), new InstalledJar(contents, copy.sha256(), bundle, source));
        try {
            bundle.start(Bundle.START_ACTIVATION_POLICY);
            LOG.info(
                    "installed {} {} from {} ({})",
                    contents.bundle(),
                    contents.version(),
                    source.file(),
                    copy.sha256());
        } catch (BundleException e) {
            whyNot.failed(bundle, e);
            LOG.warn("{} does not start: {}", source.file(), WhyNot.oneLine(e));
        }
    }

    private void uninstall(InstalledJar jar) {
        try {
            jar.bundle().uninstall();
            store.remove(jar.sha256());
            LOG.info(
                    "uninstalled {} {} ({})",
                    jar.contents().bundle(),
                    jar.contents().version(),
                    jar.sha256());
        } catch (BundleException | IOException | IllegalStateException e) {
            LOG.warn("{} was not uninstalled cleanly", jar.contents().bundle(), e);
        } finally {
            whyNot.forget(jar.bundle());
            installed.remove(jar.sha256());
        }
    }

    /** For every jar that a file asks for, the file that puts it furthest to the front. */
    private static Map<String, InstalledJar.Source> wanted(SortedMap<Path, Entry> seen) {
        Map<String, InstalledJar.Source> wanted = new HashMap<>();
        seen.forEach((file, entry) -> {
            if (entry.contents() instanceof Contents.Installed installed) {
                wanted.merge(installed.sha256(), installed.source(), BinaryOperator.maxBy(InstalledJar.Source.ORDER));
            }
        });
        return wanted;
    }

    /**
     * A line of the listing.
     *
     * @param jar what is in force from this file
     * @param reason why nothing is, or what else there is to say; or empty text
     */
    record Line(Path file, Optional<InstalledJar> jar, String reason) {}

    /** Every file, and every jar that drains under the file it came from. */
    List<Line> lines() {
        SortedMap<Path, Entry> now = entries;
        List<Line> lines = new ArrayList<>();
        now.forEach((file, entry) -> lines.add(line(file, entry)));
        installed.values().stream()
                .filter(InstalledJar::isDraining)
                .forEach(jar -> lines.add(new Line(jar.source().file(), Optional.of(jar), "")));
        lines.sort(Comparator.comparing(Line::file));
        return lines;
    }

    private Line line(Path file, Entry entry) {
        if (entry.contents() instanceof Contents.Installed there) {
            return new Line(file, Optional.ofNullable(installed.get(there.sha256())), entry.note());
        }
        String reason = entry.contents() instanceof Contents.Refused refused ? refused.reason() : entry.note();
        return new Line(file, Optional.empty(), reason);
    }

    /** Which jar that is not in force holds a package, and why it does not count. */
    Optional<String> whoHas(String name) {
        String classes = name.replace('.', '/') + "/";
        for (Map.Entry<Path, Entry> entry : entries.entrySet()) {
            if (entry.getValue().contents() instanceof Contents.Refused refused
                    && entry.getKey().getFileName().toString().endsWith(".jar")
                    && Files.isRegularFile(entry.getKey())) {
                try (JarFile jar = new JarFile(entry.getKey().toFile(), false)) {
                    if (jar.stream().anyMatch(inner -> inner.getName().startsWith(classes))) {
                        return Optional.of(entry.getKey().getFileName() + " has it, but " + refused.reason());
                    }
                } catch (IOException e) {
                    LOG.debug("{} cannot be searched", entry.getKey(), e);
                }
            }
        }
        return Optional.empty();
    }

    /** Ends the threads; the bundles stay, because the framework is stopping and those who hold leases stop with it. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            signal.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (watch.isPresent()) {
                watch.get().close();
            }
            // Somebody who stops the framework may hold what the thread waits for.
            thread.interrupt();
            thread.join(PATIENCE.toMillis());
        } catch (IOException e) {
            LOG.warn("the watch on the plugin folders did not end cleanly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
