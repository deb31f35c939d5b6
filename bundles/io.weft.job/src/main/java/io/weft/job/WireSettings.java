package io.weft.job;

/**
 * What crosses the network.
 *
 * @param up the quantizer from site to server, {@code fp32} for none
 * @param down the quantizer from server to site, {@code fp32} for none
 */
public record WireSettings(String up, String down, Send send) {

    /** What a site returns. */
    public enum Send {
        /** Its model. */
        WEIGHTS,
        /** The difference to the model that it received. */
        DIFFERENCE
    }
}
