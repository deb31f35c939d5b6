package io.weft.shell.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.server.JobEvent;
import io.weft.server.JobEvent.Noted;
import io.weft.server.JobEvent.Resumed;
import io.weft.server.JobEvent.RoundFinished;
import io.weft.server.JobEvent.RoundStarted;
import io.weft.server.JobEvent.SiteFailed;
import io.weft.server.JobEvent.SiteLate;
import io.weft.server.JobEvent.SiteStep;
import io.weft.server.JobEvent.Started;
import io.weft.server.JobEvent.StateChanged;
import io.weft.server.JobEvent.Transferred;
import io.weft.server.JobEvent.Validated;
import io.weft.server.JobEvent.Wrote;
import io.weft.server.JobState;
import io.weft.simulate.SimulationResult;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;

/** One JSON object a line. */
final class JsonView implements RunView {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;
    private final Pace pace = new Pace(1);

    JsonView(PrintStream out) {
        this.out = out;
    }

    @Override
    public void happened(JobEvent event, Standing standing, double now) {
        if (event instanceof Started start) {
            ObjectNode object = JSON.createObjectNode();
            object.put("job", start.job()).put("event", "started");
            if (!start.folder().toString().isEmpty()) {
                object.put("folder", start.folder().toString());
            }
            object.put("rounds", start.rounds());
            object.set("sites", JSON.valueToTree(start.sites()));
            print(object);
        } else if (event instanceof Resumed resumed) {
            print(object("resumed").put("round", resumed.round()).put("tasks", resumed.tasks()));
        } else if (event instanceof RoundStarted start) {
            print(object("round-started").put("round", start.round()));
        } else if (event instanceof SiteStep advance) {
            if (pace.isDue(advance, now)) {
                ObjectNode object =
                        object("progress").put("round", advance.round()).put("site", advance.site());
                object.put("activity", advance.activity())
                        .put("done", advance.done())
                        .put("total", advance.total());
                new TreeMap<>(advance.values()).forEach(object::put);
                print(object);
            }
        } else if (event instanceof Transferred transfer) {
            ObjectNode object =
                    object("transferred").put("round", transfer.round()).put("site", transfer.site());
            print(object.put("direction", transfer.up() ? "up" : "down").put("wireBytes", transfer.wireBytes()));
        } else if (event instanceof Validated validation) {
            print(losses("validated", validation.round(), Losses.of(validation)).put("result", validation.result()));
        } else if (event instanceof RoundFinished end) {
            ObjectNode object = losses("round-finished", end.round(), Losses.of(end));
            print(object.put("bytesUp", end.bytesUp())
                    .put("bytesDown", end.bytesDown())
                    .put("seconds", end.seconds()));
        } else if (event instanceof SiteFailed failure) {
            print(object("site-failed")
                    .put("round", failure.round())
                    .put("site", failure.site())
                    .put("reason", failure.reason()));
        } else if (event instanceof SiteLate late) {
            print(object("late")
                    .put("round", late.round())
                    .put("site", late.site())
                    .put("reason", late.reason()));
        } else if (event instanceof Wrote output) {
            output.lines()
                    .forEach(line ->
                            print(object("output").put("site", output.site()).put("line", line)));
        } else if (event instanceof Noted note) {
            ObjectNode object = object("note");
            note.site().ifPresent(site -> object.put("site", site));
            print(object.put("message", note.message()));
        } else if (event instanceof StateChanged change) {
            ObjectNode object = object("state").put("state", change.state().name());
            change.reason().ifPresent(reason -> object.put("reason", reason));
            print(object);
        }
    }

    @Override
    public void says(String line) {
        print(object("link").put("message", line));
        out.flush();
    }

    @Override
    public void stopped() {
        out.flush();
    }

    @Override
    public void ended(SimulationResult result, Standing standing) {
        print(ended(result.summary().job(), result.summary().state(), result.reason(), result.folder()));
    }

    /** How a run ended. */
    static ObjectNode ended(String job, JobState state, Optional<String> why, Path folder) {
        ObjectNode object = JSON.createObjectNode();
        object.put("job", job).put("event", "ended").put("state", state.name());
        why.ifPresent(reason -> object.put("reason", reason));
        return object.put("folder", folder.toString());
    }

    private static ObjectNode losses(String event, int round, Losses losses) {
        ObjectNode object = object(event).put("round", round);
        losses.overall().ifPresent(value -> object.put("loss", value));
        object.set("lossBySite", JSON.valueToTree(losses.bySite()));
        return object;
    }

    private static ObjectNode object(String event) {
        return JSON.createObjectNode().put("event", event);
    }

    private void print(ObjectNode object) {
        out.println(object);
    }
}
