/** Language models outside a federation: measured on a file of records, and asked to continue a text. */
@Export
@Version("1.1.0")
package io.weft.lm;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
