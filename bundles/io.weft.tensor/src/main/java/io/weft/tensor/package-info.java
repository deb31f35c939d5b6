/** Safetensors files read and written by byte ranges, half-precision conversions, and digests of files and bases. */
@Export
@Version("1.0.0")
package io.weft.tensor;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
