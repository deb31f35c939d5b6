package io.weft.client.internal.host;

import java.util.List;
import java.util.Map;

/** What {@code bin/weft} sets for Weft's own native libraries, and a user's program should not inherit. */
final class Tuning {

    /** The variable that names the others, apart by spaces. */
    private static final String NAMES = "WEFT_TUNED";

    private Tuning() {}

    static void removeFrom(Map<String, String> environment) {
        String names = environment.remove(NAMES);
        if (names != null) {
            environment.keySet().removeAll(List.of(names.strip().split(" +", -1)));
        }
    }
}
