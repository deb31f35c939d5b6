package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownSitesTest {

    @TempDir
    Path folder;

    private KnownSites known() throws Exception {
        return new KnownSites(
                folder.resolve("sites.json"), Map.of("site-1", "north", "site-2", "south"), Clock.systemUTC());
    }

    @Test
    void aNameThatIsNoSitesIsRefused() throws Exception {
        known().require("site-2");

        assertEquals(
                "there is no site 'site-3' in this project; there are: site-1, site-2; did you mean 'site-1'?",
                assertThrows(Refusal.class, () -> known().require("site-3")).getMessage());
    }

    @Test
    void aSiteThatIsTakenOutStaysOutUntilItIsTakenBackIn() throws Exception {
        known().set("site-1", false);

        assertEquals(List.of("site-1", "site-2"), known().names());
        assertEquals(List.of("site-2"), known().takingPart());
        assertEquals(List.of("site-1"), known().out());

        known().set("site-1", true);

        assertEquals(List.of("site-1", "site-2"), known().takingPart());
    }
}
