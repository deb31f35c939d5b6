/** Workflows are the server-side program of a job: a pure function from its history to the next step. */
@Export
@Version("1.1.0")
package io.weft.api.workflow;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
