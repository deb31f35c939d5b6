/** What every plugin has in common: a name, its options, the job it works for, and how it refuses bad input. */
@Export
@Version("1.3.0")
package io.weft.api.plugin;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
