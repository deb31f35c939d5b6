package io.weft.api.workflow;

/**
 * A model that the server keeps.
 *
 * @param id {@code global/0} (the first), {@code global/3} (after round 3), {@code update/3/site-1}
 */
public record ModelRef(String id) {

    /** The model after a round; round 0 is the first model. */
    public static ModelRef global(int round) {
        return new ModelRef("global/" + round);
    }

    /** What a site returned in a round. */
    public static ModelRef update(int round, String site) {
        return new ModelRef("update/" + round + "/" + site);
    }
}
