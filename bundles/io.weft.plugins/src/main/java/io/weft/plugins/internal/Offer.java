package io.weft.plugins.internal;

import io.weft.plugins.MissingPlugin;

/**
 * What a bundle would register once it works.
 *
 * @param kind the full name of the interface
 * @param name the name that job files use
 */
record Offer(String kind, String name) {

    /** Such as {@code aggregator 'median'}. */
    @Override
    public String toString() {
        return MissingPlugin.words(kind) + " '" + name + "'";
    }
}
