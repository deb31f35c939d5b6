/** The border between the process and what runs in the framework: one command line in, one exit code out. */
@Export
@Version("1.3.0")
package io.weft.launch;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
