/** Aggregators fold the updates of a round into the next global model. */
@Export
@Version("1.0.0")
package io.weft.api.aggregation;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
