package io.weft.server.status.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobPictureTest {

    private static final String JOB = "dolly-1";

    @TempDir
    static Path kitFolder;

    private static ProjectKits kits;

    @TempDir
    Path home;

    @BeforeAll
    static void provision() throws IOException {
        kits = ProjectKits.in(kitFolder, "clinics");
    }

    @Test
    void lossesAndBytesComeFromTheJobsMetrics() throws Exception {
        JsonNode picture = picture(List.of(), """
                {"round":1,"site":"site-1","kind":"train","loss":3.0,"tokens":100}
                {"round":1,"site":"site-2","kind":"train","loss":1.0,"tokens":300}
                {"round":1,"site":"site-1","kind":"transfer","direction":"up","wireBytes":1000}
                {"round":1,"site":"site-1","kind":"transfer","direction":"down","wireBytes":500}
                {"round":1,"site":"site-2","kind":"transfer","direction":"up","wireBytes":2000}
                {"round":1,"kind":"aggregate","seconds":0.1}
                {"round":1,"site":"site-1","kind":"validate","loss":2.5}
                {"round":1,"kind":"validate","loss":2.25}
                {"round":1,"kind":"validate","loss":2.26,"model":"result"}
                """);

        assertEquals(
                "{\"site-1\":[[1,3.0]],\"site-2\":[[1,1.0]]}",
                picture.at("/training/sites").toString());
        assertEquals("[[1,1.5]]", picture.at("/training/global").toString());
        assertEquals("{\"site-1\":[[1,2.5]]}", picture.at("/validation/sites").toString());
        assertEquals("[[1,2.25]]", picture.at("/validation/global").toString());
        assertEquals(3000, picture.get("bytesUp").asLong());
        assertEquals(500, picture.get("bytesDown").asLong());
        assertEquals(2000, picture.at("/sites/1/bytesUp").asLong());
    }

    @Test
    void theResultIsThePointOfTheLastRound() throws Exception {
        JsonNode picture = picture(List.of(), """
                {"round":0,"site":"site-1","kind":"validate","loss":3.5}
                {"round":0,"kind":"validate","loss":3.25}
                {"round":1,"site":"site-1","kind":"validate","loss":2.5,"model":"result"}
                {"round":1,"kind":"validate","loss":2.25,"model":"result"}
                """);

        assertEquals(
                "{\"site-1\":[[0,3.5],[1,2.5]]}",
                picture.at("/validation/sites").toString());
        assertEquals("[[0,3.25],[1,2.25]]", picture.at("/validation/global").toString());
    }

    @Test
    void whereNothingIsWeighedTheMeanIsPlain() throws Exception {
        JsonNode picture = picture(List.of(), """
                {"round":1,"site":"site-1","kind":"train","loss":3.0,"tokens":0}
                {"round":1,"site":"site-2","kind":"train","loss":1.0,"tokens":0}
                """);

        assertEquals("[[1,2.0]]", picture.at("/training/global").toString());
    }

    @Test
    void whatASiteDoesComesFromEvents() throws Exception {
        JsonNode picture = picture(
                List.of(
                        "{\"event\":\"started\",\"sites\":[\"site-1\",\"site-2\",\"site-3\"]}",
                        "{\"event\":\"round-started\",\"round\":1}",
                        "{\"event\":\"progress\",\"round\":1,\"site\":\"site-1\",\"activity\":\"train\",\"done\":3,\"total\":8,"
                                + "\"values\":{\"loss\":2.25,\"tokensPerSecond\":100,\"other\":1}}",
                        "{\"event\":\"site-done\",\"round\":1,\"site\":\"site-2\",\"task\":\"train\"}",
                        "{\"event\":\"site-failed\",\"round\":1,\"site\":\"site-3\",\"reason\":\"no such dataset\"}",
                        "{\"event\":\"unheard-of\"}",
                        "{\"event\":\"cut"),
                "");

        assertEquals("train", picture.at("/sites/0/doing").asText());
        assertEquals(
                "{\"round\":1,\"done\":3,\"total\":8,\"loss\":2.25,\"tokensPerSecond\":100}",
                picture.at("/sites/0/progress").toString());
        assertEquals("train done", picture.at("/sites/1/doing").asText());
        assertEquals(
                "round 1: failed: no such dataset",
                picture.at("/sites/2/trouble").asText());
    }

    @Test
    void whenAJobIsOverNobodyDoesAnything() throws Exception {
        JsonNode picture = picture(
                List.of(
                        "{\"event\":\"progress\",\"round\":1,\"site\":\"site-1\",\"activity\":\"train\",\"done\":3,\"total\":8}",
                        "{\"event\":\"state\",\"state\":\"STOPPED\",\"reason\":\"the job was stopped\"}"),
                "");

        assertEquals("", picture.at("/sites/0/doing").asText());
        assertEquals(false, picture.at("/sites/0").has("progress"));
    }

    @Test
    void veryLongNamesAreCut() throws Exception {
        JsonNode picture = picture(
                List.of("{\"event\":\"site-failed\",\"round\":1,\"site\":\"s\",\"reason\":\"" + "x".repeat(5000)
                        + "\"}"),
                "");

        assertEquals(
                502,
                picture.at("/sites/0/trouble")
                        .asText()
                        .replace("round 1: failed: ", "")
                        .length());
    }

    private JsonNode picture(List<String> events, String metrics) throws IOException {
        FakeServer server = new FakeServer(home, kits.kit("server"));
        server.job(JOB, "RUNNING", "");
        events.forEach(line -> server.event(JOB, line));
        Files.writeString(Files.createDirectories(server.folder(JOB)).resolve("metrics.jsonl"), metrics);
        JobPicture picture = new JobPicture(JOB);
        picture.look(server);
        return new ObjectMapper().readTree(picture.text());
    }
}
