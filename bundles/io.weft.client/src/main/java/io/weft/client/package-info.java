/** The Client API: how a program of the job's own takes part in a federation, and what helps it to do so. */
@Export
@Version("1.2.0")
package io.weft.client;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
