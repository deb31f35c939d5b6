/** Trainers run a site's tasks; checkpoint formats map files to canonical tensor names and back. */
@Export
@Version("1.1.0")
package io.weft.api.training;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
