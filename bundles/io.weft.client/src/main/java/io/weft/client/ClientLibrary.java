package io.weft.client;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/** The Client API in another language, registered as a service: every program that a site starts finds it without being installed. */
@ConsumerType
public interface ClientLibrary {

    /** The environment variable that lists the folders where programs look for libraries, such as {@code PYTHONPATH}. */
    String variable();

    /** What such a program takes when the variable is not set, and would miss when it is; empty text for nothing. */
    default String otherwise() {
        return "";
    }

    /** What every such program looks through in the end, as the variable spells it; empty text for nothing. */
    default String besides() {
        return "";
    }

    /** The folder with the library; it stays as it is while the service is registered. */
    Path folder() throws IOException;
}
