package io.weft.server.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weft.server.JobEvent;
import io.weft.server.JobEventText;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdminRequestsTest {

    @Test
    void watchersAreNotToldWhereAJobLies() throws Exception {
        String round = JobEventText.of(new JobEvent.RoundStarted(1));
        String started = JobEventText.of(
                new JobEvent.Started("dolly-1", Path.of("/srv/weft/data/jobs/dolly-1"), 3, List.of("a")));

        List<String> told = AdminRequests.told(List.of(started, round));

        assertEquals(new JobEvent.Started("dolly-1", Path.of(""), 3, List.of("a")), JobEventText.parse(told.get(0)));
        assertFalse(told.get(0).contains("srv"), told.get(0));
        assertEquals(round, told.get(1));
    }
}
