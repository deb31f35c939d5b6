/** How a tuning strategy changes a language model: overlays around its layers, their trained tensors and program text. */
@Export
@Version("1.2.0")
package io.weft.lm.tuning;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
