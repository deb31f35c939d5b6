package io.weft.site.catalogue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalPathsTest {

    private final LocalPaths paths =
            new LocalPaths(Path.of("/srv/weft"), List.of(Path.of("/data"), Path.of("/data/My Records")));

    @Test
    void ofARecordsFileItsNameRemains() {
        assertEquals(
                "notes.jsonl:12: not valid JSON (left out)",
                paths.removedFrom("/data/My Records/notes.jsonl:12: not valid JSON (left out)"));
    }

    @Test
    void ofAFileInTheHomeItsPlaceThereRemains() {
        assertEquals(
                "add it in conf/models.yaml, to its home",
                paths.removedFrom("add it in /srv/weft/conf/models.yaml, to /srv/weft"));
    }

    @Test
    void ofAnyOtherAbsolutePathItsLastNameRemains() {
        assertEquals(
                "File \"train.py\", line 3; cache 'hub' is full",
                paths.removedFrom("File \"/opt/tools/train.py\", line 3; cache '/var/cache/hub' is full"));
    }

    @Test
    void addressesAndWordsWithSlashesStay() {
        String text = "see https://example.org/docs/site.md and/or rounds/2/updates of weft://server/job";
        assertEquals(text, paths.removedFrom(text));
    }
}
