package io.weft.plugins.internal;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Collections;
import java.util.Comparator;
import java.util.Set;
import java.util.WeakHashMap;
import org.osgi.framework.Bundle;

/** A jar of a plugin folder that is installed, and how many leases hold it. */
final class InstalledJar {

    /** Which file it is there for: what decides between plugins of one name. */
    record Source(Path file, Origin origin, FileTime modified) {

        static final Comparator<Source> ORDER =
                Comparator.comparing(Source::origin).thenComparing(Source::modified);
    }

    private final PluginJar contents;
    private final String sha256;
    private final Bundle bundle;
    private Source source;
    private int leases;
    private boolean draining;
    private boolean gone;

    /** Threads that it was found to have left behind. */
    private final Set<Thread> left = Collections.newSetFromMap(new WeakHashMap<>());

    InstalledJar(PluginJar contents, String sha256, Bundle bundle, Source source) {
        this.contents = contents;
        this.sha256 = sha256;
        this.bundle = bundle;
        this.source = source;
    }

    PluginJar contents() {
        return contents;
    }

    String sha256() {
        return sha256;
    }

    Bundle bundle() {
        return bundle;
    }

    synchronized Source source() {
        return source;
    }

    /** A file asks for it, perhaps again. */
    synchronized void wanted(Source by) {
        source = by;
        draining = false;
    }

    /** No file asks for it any more. */
    synchronized void drain() {
        draining = true;
    }

    /** Counts one lease more, unless it is on its way out. */
    synchronized boolean acquire() {
        if (draining || gone) {
            return false;
        }
        leases++;
        return true;
    }

    /** Counts one lease less; true when nothing keeps it any more. */
    synchronized boolean release() {
        leases--;
        return draining && leases == 0;
    }

    /** Claims it for being uninstalled, when nothing keeps it; no lease comes through after that. */
    synchronized boolean retire() {
        gone = draining && leases == 0;
        return gone;
    }

    synchronized boolean isDraining() {
        return draining;
    }

    /** Whether this thread was not known yet to be left behind. */
    synchronized boolean leaves(Thread thread) {
        return left.add(thread);
    }

    synchronized int leases() {
        return leases;
    }
}
