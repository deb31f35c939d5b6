package io.weft.job.form;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One kind of YAML file, and how errors speak of it.
 *
 * @param noun what it is called, such as {@code job file}
 * @param about what one file is about, such as {@code job}
 * @param example a line that may stand in it
 * @param needs what an empty file lacks, such as {@code name, workflow and model}; empty where an empty file is right
 */
public record YamlFile(String noun, String about, String example, Optional<String> needs) {

    private static final long LARGEST = 1 << 20;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * Reads and parses a file.
     *
     * @throws Refusal with file and line when it is not there or no YAML mapping
     */
    public Tree.Mapping read(Path file) {
        return parse(text(file), file.toString());
    }

    /**
     * The text of a file.
     *
     * @throws Refusal when it is not there, or not such a text
     */
    public String text(Path file) {
        if (Files.isDirectory(file)) {
            throw new Refusal(file + " is a folder; give the " + noun + " in it, such as "
                    + file.resolve(about.replace(' ', '-') + ".yaml"));
        }
        if (!Files.exists(file)) {
            throw new Refusal("there is no " + noun + " " + file);
        }
        try {
            if (Files.size(file) > LARGEST) {
                throw new Refusal(file + " is larger than 1 MiB, which no " + noun + " is; give a YAML " + noun);
            }
            return decode(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw new Refusal(file + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /**
     * Parses the text of such a file.
     *
     * @param fileName how errors name it
     * @throws Refusal with file and line when it is no YAML mapping
     */
    public Tree.Mapping parse(String text, String fileName) {
        return YamlText.read(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text, fileName, this);
    }

    private static String decode(byte[] bytes, String file) {
        var decoder = StandardCharsets.UTF_8.newDecoder();
        var encoded = ByteBuffer.wrap(bytes);
        // UTF-8 never has more UTF-16 units than bytes.
        var text = CharBuffer.allocate(bytes.length);
        if (decoder.decode(encoded, text, true).isError()) {
            int line = 1;
            for (int i = 0; i < encoded.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw new Place(file, line).refuse("not UTF-8; save the file as UTF-8");
        }
        return text.flip().toString();
    }
}
