/** Quantizers code tensors for the wire, piece by piece. */
@Export
@Version("1.0.0")
package io.weft.api.exchange;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
