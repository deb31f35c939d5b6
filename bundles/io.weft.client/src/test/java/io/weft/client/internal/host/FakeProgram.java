package io.weft.client.internal.host;

import io.weft.api.tensor.DType;
import io.weft.api.tensor.Shape;
import io.weft.api.tensor.TensorReader;
import io.weft.api.tensor.TensorSpec;
import io.weft.api.tensor.TensorWriter;
import io.weft.client.internal.wire.Json;
import io.weft.client.internal.wire.JsonText;
import io.weft.tensor.Safetensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a site starts in these tests: a process of its own that speaks the protocol, and does as its first argument says. */
final class FakeProgram {

    static final TensorSpec WEIGHT = TensorSpec.of("w", DType.F32, Shape.of(4));

    private FakeProgram() {}

    static List<String> command(String behaviour) {
        String java = ProcessHandle.current().info().command().orElseThrow();
        return List.of(
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FakeProgram.class.getName(),
                behaviour);
    }

    public static void main(String[] arguments) throws Exception {
        String behaviour = arguments[0];
        Map<String, String> address = address();
        String token = behaviour.equals("wrong-token") ? "no" : address.get("token");
        try (SocketChannel site = SocketChannel.open(UnixDomainSocketAddress.of(address.get("control")));
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(site), StandardCharsets.UTF_8))) {
            tell(site, Map.of("type", "hello", "protocol", 1, "token", token));
            Map<String, Object> welcome = JsonText.object(lines.readLine());
            System.out.println(welcome.get("type") + " " + welcome.getOrDefault("reason", welcome.get("site")));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<String, Object> message = JsonText.object(line);
                if (message.get("type").equals("end")) {
                    System.out.println("the end");
                    return;
                }
                answer(behaviour, message, site);
            }
        }
    }

    private static Map<String, String> address() throws IOException {
        String file = System.getenv("WEFT_ATTACH");
        if (file == null) {
            return Map.of("control", System.getenv("WEFT_CONTROL"), "token", System.getenv("WEFT_TOKEN"));
        }
        Map<String, Object> told = JsonText.object(Files.readString(Path.of(file)));
        return Map.of("control", (String) told.get("control"), "token", (String) told.get("token"));
    }

    private static void answer(String behaviour, Map<String, Object> task, SocketChannel site) throws Exception {
        System.out.println("round " + task.get("round"));
        switch (behaviour) {
            case "fail" -> {
                System.err.println("ValueError: boom");
                System.exit(3);
            }
            case "fail-once" -> {
                Path mark = Path.of("mark");
                if (!Files.exists(mark)) {
                    Files.createFile(mark);
                    System.exit(4);
                }
                addOne(task, WEIGHT, site);
            }
            case "leave" -> System.exit(0);
            case "kill" ->
                new ProcessBuilder(
                                "kill",
                                "-9",
                                Long.toString(ProcessHandle.current().pid()))
                        .start()
                        .waitFor();
            case "hang" -> {
                Process child = new ProcessBuilder("sleep", "1000").start();
                Files.writeString(Path.of("child.partial"), Long.toString(child.pid()));
                Files.move(Path.of("child.partial"), Path.of("child"));
            }
            case "write" -> {
                for (int i = 0; i < 1000; i++) {
                    tell(site, Map.of("type", "scalar", "tag", "loss", "value", i, "step", i));
                }
                tell(site, Map.of("type", "scalar", "tag", "loss", "value", "NaN", "step", 1000));
                tell(site, Map.of("type", "scalar", "tag", "loss", "value", "much"));
                tell(site, Map.of("type", "text", "tag", "note", "text", "half way", "step", 5));
                tell(
                        site,
                        Map.of(
                                "type",
                                "histogram",
                                "tag",
                                "weights",
                                "step",
                                6,
                                "count",
                                3,
                                "min",
                                -1,
                                "max",
                                2.5,
                                "limits",
                                List.of(0, 2.5),
                                "counts",
                                List.of(1, 2)));
                addOne(task, WEIGHT, site);
            }
            case "no-params" -> tell(site, Map.of("type", "result"));
            case "other-shape" -> addOne(task, TensorSpec.of("w", DType.F32, Shape.of(2, 2)), site);
            case "other-name" -> addOne(task, TensorSpec.of("v", DType.F32, Shape.of(4)), site);
            default -> addOne(task, WEIGHT, site);
        }
    }

    static void addOne(Map<String, Object> task, TensorSpec as, SocketChannel site) throws IOException {
        float[] values = new float[4];
        try (TensorReader received = Safetensors.openCheckpoint(Path.of((String) task.get("model")))) {
            received.read(WEIGHT, 0, values, 4);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] += 1;
        }
        Path update = Path.of((String) task.get("update"));
        try (TensorWriter out = Safetensors.createScratchCheckpoint(update, List.of(as))) {
            out.write(as, 0, values, 4);
            out.commit();
        }
        tell(
                site,
                Map.of(
                        "type", "result",
                        "model", update.toString(),
                        "metrics", Map.of("loss", 0.5),
                        "meta", Map.of("NUM_STEPS_CURRENT_ROUND", 7)));
    }

    static void tell(SocketChannel site, Map<String, Object> message) throws IOException {
        ByteBuffer line = StandardCharsets.UTF_8.encode(Json.line(message) + "\n");
        while (line.hasRemaining()) {
            site.write(line);
        }
    }
}
