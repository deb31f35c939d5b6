/** Runs jobs: asks sites, keeps their updates and the global models, folds, selects, and writes the result. */
@Export
@Version("1.4.0")
package io.weft.server;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
