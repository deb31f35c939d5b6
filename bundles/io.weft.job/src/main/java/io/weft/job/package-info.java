/** The job file: read, checked against every known key, and explained line by line when something is wrong. */
@Export
@Version("1.3.0")
package io.weft.job;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
