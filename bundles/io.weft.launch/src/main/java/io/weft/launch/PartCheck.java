package io.weft.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** A part of a resident, in a bundle of its own, that needs something of its own in a home. */
@ConsumerType
public interface PartCheck {

    /** Looks at everything that it will need, without starting; empty where what is wrong with the home is not this part's to say. */
    List<Resident.Finding> check(Path home) throws IOException;
}
