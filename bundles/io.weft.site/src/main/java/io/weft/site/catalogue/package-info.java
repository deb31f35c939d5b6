/** What a site has, as its home says it: datasets and models by name. */
@Export
@Version("1.0.0")
package io.weft.site.catalogue;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
