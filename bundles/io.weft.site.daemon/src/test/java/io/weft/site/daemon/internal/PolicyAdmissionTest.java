package io.weft.site.daemon.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Message;
import io.weft.job.JobFile;
import io.weft.site.policy.Approvals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who keeps a site reads in its log which jobs it let in, and which not and why. */
class PolicyAdmissionTest {

    private static final String JOB = """
            name: mine
            workflow: {rounds: 2}
            model: {backend: weights, base: initial.safetensors}
            trainer: {command: [python3, train.py]}
            """;

    @TempDir
    Path home;

    private final List<String> log = new ArrayList<>();

    private void admit(String role) throws Exception {
        Message.Submitter submitter = new Message.Submitter("lead@example.org", "north", role);
        new PolicyAdmission(home, new Approvals(home, Clock.systemUTC()), log::add)
                .admit(
                        new Message.Prepare("mine-1", JOB, "job.yaml", 2, List.of(), List.of(), submitter),
                        JobFile.parse(JOB, "job.yaml"),
                        waits -> {},
                        new Cancellation());
    }

    private void policy(String text) throws Exception {
        Files.writeString(Files.createDirectories(home.resolve("conf")).resolve("policy.yaml"), text);
    }

    @Test
    void aJobThatIsLetInIsLogged() throws Exception {
        policy("programs: [python3]\n");

        admit("lead");

        assertEquals(List.of("job mine-1 of admin 'lead@example.org' of north (lead) may run here"), log);
    }

    @Test
    void aJobThatThePolicyRefusesIsLoggedWithTheReason() throws Exception {
        policy("programs: [java]\n");

        Refusal refusal = assertThrows(Refusal.class, () -> admit("lead"));

        assertEquals(List.of("job mine-1 may not run here: " + refusal.getMessage()), log);
    }

    @Test
    void aJobOfNobodyIsLoggedToo() {
        assertThrows(Refusal.class, () -> admit("nobody"));

        assertEquals(1, log.size());
    }
}
