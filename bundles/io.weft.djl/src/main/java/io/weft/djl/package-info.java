/** What Weft adds to DJL's PyTorch engine: programs made from text, thread-confined gradients, missing operations. */
@Export
@Version("1.0.0")
package io.weft.djl;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
