/** A server that lives in a home, as other bundles of its process see it. */
@Export
@Version("1.0.0")
package io.weft.server.daemon;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
