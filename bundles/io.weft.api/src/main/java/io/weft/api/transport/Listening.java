package io.weft.api.transport;

import java.net.URI;
import org.osgi.annotation.versioning.ConsumerType;

/** A transport listens at an address until this is closed; connections that it has accepted stay. */
@ConsumerType
public interface Listening extends AutoCloseable {

    /** Where others dial, with the port that was taken when it was left open. */
    URI at();

    @Override
    void close();
}
