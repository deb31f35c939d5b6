/** Safetensors files read and written by byte ranges, half-precision conversions, digests of files and bases, and errors in files and JSON, told to people. */
@Export
@Version("1.4.0")
package io.weft.tensor;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
