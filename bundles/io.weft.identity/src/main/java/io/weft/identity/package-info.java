/** Who takes part in a project: certificates, startup kits, roles and their rights. */
@Export
@Version("1.0.0")
package io.weft.identity;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
