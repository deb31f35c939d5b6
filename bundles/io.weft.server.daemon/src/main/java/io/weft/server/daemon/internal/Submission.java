package io.weft.server.daemon.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.api.plugin.Refusal;
import io.weft.identity.Identity;
import io.weft.identity.Role;
import io.weft.server.JobState;
import io.weft.tensor.Durable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a job came, and how it ended: {@code submission.json} in its folder.
 *
 * @param token of whoever handed it in; the same token hands in nothing twice
 * @param jobFileName how errors name the job file
 * @param model which of the files is the job's first model; empty when it brings none
 * @param submitter who handed it in
 * @param submitted when, as an ISO-8601 instant
 * @param end how it ended, when nothing will happen any more
 */
record Submission(
        String job,
        String token,
        String jobFileName,
        Optional<String> model,
        Identity submitter,
        String submitted,
        Optional<End> end) {

    static final String FILE = "submission.json";

    private static final int VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** How a job ended. */
    record End(JobState state, Optional<String> reason) {}

    Submission ended(End how) {
        return new Submission(job, token, jobFileName, model, submitter, submitted, Optional.of(how));
    }

    void write(Path folder) throws IOException {
        ObjectNode object = JSON.createObjectNode();
        object.put("version", VERSION);
        object.put("job", job);
        object.put("token", token);
        object.put("jobFileName", jobFileName);
        model.ifPresent(path -> object.put("model", path));
        object.put("submitter", submitter.name());
        object.put("organisation", submitter.organisation());
        object.put("role", submitter.role().map(Role::word).orElseThrow());
        object.put("submitted", submitted);
        end.ifPresent(how -> {
            object.put("state", how.state().name());
            how.reason().ifPresent(reason -> object.put("reason", reason));
        });
        Durable.write(
                folder.resolve(FILE),
                JSON.writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(object));
    }

    /**
     * Reads what was written.
     *
     * @throws Refusal when another version of Weft wrote it
     */
    static Submission read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        var object = JSON.readTree(Files.readAllBytes(file));
        if (object.path("version").asInt() != VERSION) {
            throw new Refusal(file + " has version " + object.path("version").asText("none") + ", this Weft knows "
                    + VERSION + "; run the server with the Weft that wrote it");
        }
        Optional<End> end = object.has("state")
                ? Optional.of(new End(
                        JobState.valueOf(object.get("state").asText()),
                        Optional.of(object.path("reason").asText("")).filter(text -> !text.isEmpty())))
                : Optional.empty();
        return new Submission(
                object.path("job").asText(),
                object.path("token").asText(),
                object.path("jobFileName").asText(),
                Optional.of(object.path("model").asText("")).filter(text -> !text.isEmpty()),
                Identity.admin(
                        object.path("submitter").asText(),
                        object.path("organisation").asText(),
                        Role.of(object.path("role").asText()).orElseThrow()),
                object.path("submitted").asText(),
                end);
    }
}
