package io.weft.identity;

import io.weft.api.plugin.Refusal;
import io.weft.identity.internal.KitMaker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** Makes the startup kits of a project. */
public final class Provisioning {

    private Provisioning() {}

    /**
     * Makes in a folder the kits that are missing there, keeps the others, and does what is wished besides. All of it happens, or
     * nothing.
     *
     * @return every participant's standing: those of the project file in its order, then former ones
     * @throws Refusal when the folder is another project's, another process works in it, or the wish cannot be granted
     */
    public static List<Standing> run(Project project, Path out, Wish wish, Clock clock) throws IOException {
        return KitMaker.run(project, out, wish, clock.instant());
    }
}
