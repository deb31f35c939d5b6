package io.weft.identity;

import io.weft.job.form.Place;

/**
 * Somebody whom a project file names.
 *
 * @param ownKey whether they make their own key, and send a request for its certificate
 * @param place where the project file names them
 */
public record Participant(Identity identity, boolean ownKey, Place place) {

    /** The name, which is also the name of the kit's folder. */
    public String name() {
        return identity.name();
    }
}
