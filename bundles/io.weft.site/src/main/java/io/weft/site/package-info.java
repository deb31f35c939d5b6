/** A site: joins a server, runs its tasks on the site's own data, and returns updates. */
@Export
@Version("1.4.0")
package io.weft.site;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
