/** How models are coded for the wire with a quantizer, kept coded, and decoded piece by piece. */
@Export
@Version("1.1.0")
package io.weft.exchange.coding;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
