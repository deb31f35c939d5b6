/** Transports move frames between a site and the server; everything else is above them. */
@Export
@Version("1.2.0")
package io.weft.api.transport;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
