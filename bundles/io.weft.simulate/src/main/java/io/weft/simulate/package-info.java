/** A whole federation in one JVM: the same server, sites and frames as over a network. */
@Export
@Version("1.0.0")
package io.weft.simulate;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
