/** What server and site both speak above any transport: frames, messages, and tensors pulled in pieces with credit. */
@Export
@Version("1.5.0")
package io.weft.exchange;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
