/** Plugin services, leased for as long as one round or one task needs them, and the job as a leased plugin sees it. */
@Export
@Version("1.4.0")
package io.weft.plugins;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
