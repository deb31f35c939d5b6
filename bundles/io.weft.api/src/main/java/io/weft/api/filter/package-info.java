/** Filters change or refuse a site's update before it leaves the site. */
@Export
@Version("1.0.0")
package io.weft.api.filter;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
