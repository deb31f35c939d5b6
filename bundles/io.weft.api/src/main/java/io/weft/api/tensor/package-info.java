/** Named tensors that are read and written in pieces, and the manifest that describes them without a model. */
@Export
@Version("1.1.0")
package io.weft.api.tensor;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
