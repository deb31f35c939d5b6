package io.weft.simulate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weft.api.plugin.Refusal;
import io.weft.api.tensor.Companion;
import io.weft.api.tensor.DType;
import io.weft.api.tensor.Manifest;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.api.training.Task;
import io.weft.api.transport.Transport;
import io.weft.exchange.Cancellation;
import io.weft.exchange.Exchanged;
import io.weft.exchange.Link;
import io.weft.exchange.Message;
import io.weft.exchange.Service;
import io.weft.plugins.Lease;
import io.weft.server.Alarm;
import io.weft.server.JobEvent;
import io.weft.server.JobRequest;
import io.weft.server.JobResult;
import io.weft.server.JobState;
import io.weft.server.Server;
import io.weft.site.Site;
import io.weft.tensor.Safetensors;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two sites, and one that keeps to the protocol and answers its tasks with what it likes. */
@Timeout(300)
class ForgedSiteTest {

    private static final URI ADDRESS = URI.create("local:forged");

    @TempDir
    Path root;

    private final FakePlugins plugins = new FakePlugins(new FakeTrainer(FakeTrainer.twoTensors(DType.F32)));
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    private Site join(String name) throws IOException, InterruptedException {
        return Site.join(NumbersJob.site(name, root.resolve(name)), plugins, "local", ADDRESS);
    }

    /** What the job comes to when the third site calls its updates so. */
    private JobResult run(IntFunction<String> updates) throws Exception {
        JobRequest request = NumbersJob.request(
                "rounds: 2, sites: {min: 2}", root.resolve("run"), List.of("north", "south", "west"), false);
        try (Alarm.OfMachine alarm = new Alarm.OfMachine("test-alarm");
                Server server = Server.listen(plugins, "local", ADDRESS, alarm, NumbersJob.PATIENCE);
                Site north = join("north");
                Site south = join("south");
                Lease<Transport> transport = plugins.lease(Transport.class, "local")) {
            Link west = Link.over(
                    transport.plugin().dial(ADDRESS, Optional.empty()),
                    Link.End.DIALED,
                    "west",
                    new Forged(updates, root.resolve("forged.safetensors")));
            west.ask(new Message.Hello("west"), Message.Welcome.class, new Cancellation());
            try {
                return server.run(request, this::happened, new Cancellation());
            } finally {
                west.close();
            }
        }
    }

    private void happened(JobEvent event) {
        if (event instanceof JobEvent.SiteFailed failure) {
            failures.add(failure.round() + " " + failure.site() + " " + failure.reason());
        }
    }

    private static final class Forged implements Service {

        private static final Manifest MANIFEST = new Manifest(
                "model.safetensors",
                FakeTrainer.twoTensors(DType.F32),
                List.of(new Companion("config.json", "{}\n".getBytes(StandardCharsets.UTF_8))),
                "d".repeat(64));

        private final IntFunction<String> updates;
        private final Path update;

        Forged(IntFunction<String> updates, Path update) throws IOException {
            this.updates = updates;
            this.update = update;
            List<TensorSpec> tensors = Exchanged.tensors(MANIFEST.tensors());
            try (TensorWriter out = Safetensors.createScratch(update, tensors)) {
                for (TensorSpec tensor : tensors) {
                    out.write(tensor, 0, new float[(int) tensor.elements()], (int) tensor.elements());
                }
                out.commit();
            }
        }

        @Override
        public Message answer(Message request, Cancellation cancellation) {
            if (request instanceof Message.Prepare) {
                return new Message.Prepared(Message.WireManifest.of(MANIFEST), List.of("train"), List.of(), List.of());
            }
            if (request instanceof Message.RunTask task) {
                return new Message.TaskDone(
                        1,
                        1,
                        1,
                        new TreeMap<>(),
                        1,
                        task.kind().equals(Task.TRAIN) ? updates.apply(task.round()) : "",
                        Message.Coded.NOT,
                        false,
                        Message.Pulled.NOTHING,
                        false,
                        List.of(),
                        List.of());
            }
            return new Message.Accepted();
        }

        @Override
        public TensorReader open(String resource) throws IOException {
            if (!resource.startsWith("numbers-1/")) {
                throw new Refusal(resource);
            }
            return Safetensors.open(update);
        }

        @Override
        public void notice(Message notice) {}

        @Override
        public void closed() {}
    }

    @Test
    void whoAnswersAsAskedTakesPart() throws Exception {
        JobResult result = run(round -> "update-" + round);

        assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        assertEquals(List.of(), failures);
    }

    @Test
    void anUpdateOfAnotherRoundCostsItsSiteTheRound() throws Exception {
        JobResult result = run(round -> "update-1");

        assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        assertEquals(
                List.of("2 west it answered the task 'train' with the update 'update-1', and the update 'update-2'"
                        + " belongs to that"),
                failures);
    }

    @Test
    void noUpdateAtAllCostsItsSiteTheRound() throws Exception {
        JobResult result = run(round -> "");

        assertEquals(JobState.FINISHED, result.summary().state(), result.reason()::toString);
        assertEquals(
                List.of(
                        "1 west it answered the task 'train' with no update, and the update 'update-1' belongs to that",
                        "2 west it answered the task 'train' with no update, and the update 'update-2' belongs to"
                                + " that"),
                failures);
    }
}
