package io.weft.site;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.exchange.Message;
import io.weft.job.Section;
import io.weft.site.policy.SitePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits for the server in a site's folder outlives the process, unless the site would not make it so any more. */
class SiteFolderTest {

    private static final String JOB = "name: x\n";

    @TempDir
    Path work;

    private static List<Section> policy(String applied) {
        return SitePolicy.parse("filters: {apply: " + applied + "}").appliedFilters();
    }

    private SiteFolder open(List<Section> applied) throws IOException {
        return SiteFolder.open(work.resolve("job"), JOB, applied);
    }

    private void finished(List<Section> applied) throws IOException {
        SiteFolder folder = open(applied);
        Path update = folder.scratch("update-2.safetensors");
        Files.writeString(update, "an update");
        Message.RunTask asked =
                new Message.RunTask("job", 2, 3, "train", new TreeMap<>(), "job/global-1", Message.Coded.NOT);
        Message.TaskDone done = new Message.TaskDone(
                1,
                1,
                1,
                new TreeMap<>(),
                1,
                "update-2",
                Message.Coded.NOT,
                false,
                Message.Pulled.NOTHING,
                false,
                List.of(),
                List.of());
        folder.finish(asked, done, List.of(update));
    }

    @Test
    void anUpdateStaysThatPassedTheSameFilters() throws IOException {
        finished(policy("[{type: clip, norm: 1}]"));

        assertTrue(open(policy("[{type: clip, norm: 1}]")).finished().isPresent());
        assertTrue(Files.exists(work.resolve("job/update-2.safetensors")));
    }

    @Test
    void anUpdateThatPassedOthersIsRemoved() throws IOException {
        for (String before : List.of("[]", "[{type: clip, norm: 2}]", "[{type: clip, norm: 1}, x]")) {
            finished(policy(before));

            assertFalse(open(policy("[{type: clip, norm: 1}]")).finished().isPresent(), before);
            assertFalse(Files.exists(work.resolve("job/update-2.safetensors")), before);
        }
    }
}
