package io.weft.plugins.internal;

import io.weft.api.plugin.Plugin;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.Optional;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/**
 * A plugin service that a lease could hold.
 *
 * @param jar empty for a bundle that did not come from a plugin folder
 */
record Candidate<P>(ServiceReference<P> reference, Bundle bundle, Optional<InstalledJar> jar) {

    /** The one that leases get comes first. */
    static final Comparator<Candidate<?>> PRECEDENCE = Comparator.<Candidate<?>, Boolean>comparing(
                    Candidate::isDraining)
            .thenComparing(Candidate::origin, Comparator.reverseOrder())
            .thenComparing(candidate -> candidate.bundle().getVersion(), Comparator.reverseOrder())
            .thenComparing(Candidate::modified, Comparator.reverseOrder())
            .thenComparing(Candidate::reference, Comparator.reverseOrder());

    String name() {
        return String.valueOf(reference.getProperty(Plugin.NAME));
    }

    boolean isDraining() {
        return jar.map(InstalledJar::isDraining).orElse(false);
    }

    private Origin origin() {
        return jar.map(installed -> installed.source().origin()).orElse(Origin.DISTRIBUTION);
    }

    private FileTime modified() {
        return jar.map(installed -> installed.source().modified())
                .orElseGet(() -> FileTime.fromMillis(bundle.getLastModified()));
    }

    /** Such as {@code median 1.2.0 (/home/ann/.weft/plugins/median.jar)}. */
    String describe() {
        return bundle.getSymbolicName() + " " + bundle.getVersion()
                + jar.map(installed -> " (" + installed.source().file() + ")").orElse("");
    }
}
