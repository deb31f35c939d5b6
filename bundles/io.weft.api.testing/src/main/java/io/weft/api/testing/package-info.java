/**
 * Contracts of the plugin kinds: a test class of a plugin implements the contract of its kind and inherits its tests. What stands in
 * for the runtime there can serve an author's own tests too.
 */
@Export
@Version("1.3.0")
package io.weft.api.testing;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
