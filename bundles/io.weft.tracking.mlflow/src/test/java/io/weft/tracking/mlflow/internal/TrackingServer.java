package io.weft.tracking.mlflow.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What of MLflow's REST interface (https://mlflow.org/docs/latest/rest-api.html) a tracker needs, in memory. */
final class TrackingServer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PATH = "/api/2.0/mlflow/";

    /** A run as the server knows it. */
    static final class Run {
        final TreeMap<String, String> tags = new TreeMap<>();
        final List<String> metrics = new ArrayList<>();
        final List<String> states = new ArrayList<>();
    }

    final TreeMap<String, Run> runs = new TreeMap<>();
    private final AtomicInteger batches = new AtomicInteger();
    final List<String> experiments = new ArrayList<>();
    private final HttpServer server;

    TrackingServer() throws IOException {
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    /** How many requests with values there were. */
    int batches() {
        return batches.get();
    }

    String uri() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String asked =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
            int status = 200;
            String answer = "{}";
            switch (asked) {
                case "GET " + PATH + "experiments/get-by-name" -> {
                    status = experiments.isEmpty() ? 404 : 200;
                    answer = experiments.isEmpty()
                            ? "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"no such experiment\"}"
                            : "{\"experiment\": {\"experiment_id\": \"7\"}}";
                }
                case "POST " + PATH + "experiments/create" -> {
                    experiments.add(body.path("name").asText());
                    answer = "{\"experiment_id\": \"7\"}";
                }
                case "POST " + PATH + "runs/create" -> {
                    String id = "run-" + (runs.size() + 1);
                    runs.put(id, new Run());
                    take(runs.get(id), body);
                    runs.get(id)
                            .tags
                            .put("experiment", body.path("experiment_id").asText());
                    answer = "{\"run\": {\"info\": {\"run_id\": \"" + id + "\"}}}";
                }
                case "POST " + PATH + "runs/log-batch" -> {
                    batches.incrementAndGet();
                    take(runs.get(body.path("run_id").asText()), body);
                }
                case "POST " + PATH + "runs/update" ->
                    runs.get(body.path("run_id").asText(body.path("run_uuid").asText()))
                            .states
                            .add(body.path("status").asText());
                default -> {
                    status = 400;
                    answer = "{\"error_code\": \"BAD_REQUEST\", \"message\": \"" + asked + "\"}";
                }
            }
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static void take(Run run, JsonNode body) {
        body.path("tags")
                .forEach(tag ->
                        run.tags.put(tag.path("key").asText(), tag.path("value").asText()));
        body.path("metrics")
                .forEach(metric -> run.metrics.add(
                        metric.path("key").asText() + "@" + metric.path("step").asText() + "="
                                + metric.path("value").asText()));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
