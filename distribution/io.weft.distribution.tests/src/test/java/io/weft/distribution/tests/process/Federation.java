package io.weft.distribution.tests.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** A checkpoint of a few thousand parameters, and sites with a few records, in a folder. */
final class Federation {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Federation() {}

    /** Lays {@code base/} and {@code sites/<name>/words.jsonl} and {@code words-eval.jsonl}. */
    static void lay(Path folder, String... sites) throws IOException {
        Path base = Files.createDirectory(folder.resolve("base"));
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("weft.checkpoint")))) {
            for (Path file : files.toList()) {
                Files.copy(file, base.resolve(file.getFileName()));
            }
        }
        for (String site : sites) {
            Path data = Files.createDirectories(folder.resolve("sites").resolve(site));
            Files.writeString(data.resolve("words.jsonl"), records(site, 6));
            Files.writeString(data.resolve("words-eval.jsonl"), records(site, 2));
        }
    }

    private static String records(String site, int count) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("{\"text\": \"the wind from ")
                    .append(site)
                    .append(" blows ")
                    .append(i)
                    .append(" days\"}\n");
        }
        return lines.toString();
    }

    static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
    }

    /** The objects of a JSON Lines file. */
    static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            nodes.add(JSON.readTree(line));
        }
        return nodes;
    }
}
