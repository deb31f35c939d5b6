/** Settings in YAML files: what a file may hold is declared once, and so read, checked with file and line, and documented. */
@Export
@Version("1.1.0")
package io.weft.job.form;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
