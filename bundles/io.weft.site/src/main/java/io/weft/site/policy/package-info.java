/** What a site lets happen: the policy that each job is held against, and what a person decides. */
@Export
@Version("1.1.0")
package io.weft.site.policy;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
