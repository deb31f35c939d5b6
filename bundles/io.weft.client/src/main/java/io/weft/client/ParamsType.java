package io.weft.client;

/** What the params of an {@link FLModel} are. */
public enum ParamsType {
    /** A model. */
    FULL,
    /** The difference to the model that was received. */
    DIFF
}
