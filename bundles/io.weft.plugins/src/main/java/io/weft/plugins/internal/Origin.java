package io.weft.plugins.internal;

/** Where a plugin comes from; a later one comes before an earlier one. */
enum Origin {
    DISTRIBUTION,
    HOME
}
