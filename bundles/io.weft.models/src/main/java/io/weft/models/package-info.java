/** The models of a home: those that its {@code conf/models.yaml} names, and those that a server shared. */
@Export
@Version("1.1.0")
package io.weft.models;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
