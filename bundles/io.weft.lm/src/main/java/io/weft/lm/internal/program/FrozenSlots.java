package io.weft.lm.internal.program;

import io.weft.lm.internal.model.Architecture.Group;

/** The order of a frozen program's weights. A slot that a model does not use holds an empty tensor. */
public final class FrozenSlots {

    public static final int EMBEDDING = 0;
    public static final int ANGLES = 1;
    public static final int NORM = 2;
    public static final int HEAD = 3;
    public static final int HEAD_TRANSPOSED = 4;

    /** Within a layer: the norm before attention, then weight, transposed weight and bias of each group; the second norm between. */
    public static final int ATTENTION_NORM = 0;

    public static final int GATED_NORM = 7;
    public static final int PER_LAYER = 14;

    private static final int FIRST_LAYER = 5;

    private FrozenSlots() {}

    /** Where a layer's slots begin. */
    public static int layer(int index) {
        return FIRST_LAYER + index * PER_LAYER;
    }

    /** The slot within a layer of a group's packed weight; its transpose and its bias follow. */
    public static int weight(Group group) {
        return switch (group) {
            case QKV -> 1;
            case OUTPUT -> 4;
            case GATED -> 8;
            case DOWN -> 11;
        };
    }
}
