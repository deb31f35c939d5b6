package io.weft.tensor;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** SHA-256 digests, as lower-case hex. */
public final class Digests {

    /** The JDK keeps a thread's buffer of this size for the next read; it would make a larger one anew. */
    private static final int PIECE = 1 << 18;

    /** What besides the weights decides what a base computes for a text. */
    private static final Set<String> DESCRIPTIONS = Set.of(
            "config.json",
            "generation_config.json",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "vocab.json",
            "vocab.txt",
            "merges.txt",
            "tokenizer.model");

    private Digests() {}

    /** A new SHA-256, for digests that are taken while something streams by. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The finished digest as lower-case hex. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The digest of some bytes. */
    public static String of(byte[] content) {
        MessageDigest digest = sha256();
        digest.update(content);
        return hex(digest);
    }

    /** The digest of a file's content. */
    public static String of(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] piece = new byte[(int) Math.max(1, Math.min(PIECE, Files.size(file)))];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                digest.update(piece, 0, read);
            }
        }
        return hex(digest);
    }

    /**
     * The digest of a base model: of its weights, configuration and tokenizer files, wherever the folder lies and whatever else is
     * in it.
     *
     * <p>It is the SHA-256 of the lines {@code <sha-256 of the file>  <file name>\n} in byte order of the names, so {@code
     * sha256sum} on the same files, piped into {@code sha256sum}, gives it too.
     *
     * @throws Refusal when the folder has no safetensors file
     */
    public static String base(Path folder) throws IOException {
        MessageDigest digest = sha256();
        for (var file : baseFiles(folder).entrySet()) {
            digest.update(utf8(of(file.getValue()) + "  " + file.getKey() + "\n"));
        }
        return hex(digest);
    }

    /**
     * The weights, configuration and tokenizer files of a base model, by their names in byte order.
     *
     * @throws Refusal when the folder has no safetensors file
     */
    public static SortedMap<String, Path> baseFiles(Path folder) throws IOException {
        SortedMap<String, Path> files = new TreeMap<>((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(Files::isRegularFile)
                    .forEach(file -> files.put(file.getFileName().toString(), file));
        }
        files.keySet().removeIf(name -> !isWeights(name) && !DESCRIPTIONS.contains(name));
        if (files.keySet().stream().noneMatch(Digests::isWeights)) {
            throw new Refusal(folder + ": no *.safetensors file, so there is no base to take a digest of");
        }
        return files;
    }

    private static boolean isWeights(String name) {
        return name.endsWith(".safetensors") && !name.startsWith(".");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
