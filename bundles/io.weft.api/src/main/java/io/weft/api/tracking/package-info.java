/** Trackers receive the metrics of jobs and put them where people look at them. */
@Export
@Version("1.1.0")
package io.weft.api.tracking;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
