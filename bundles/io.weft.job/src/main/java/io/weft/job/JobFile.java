package io.weft.job;

import io.weft.api.plugin.Refusal;
import io.weft.job.internal.Place;
import io.weft.job.internal.YamlText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads job files. Everything that is wrong with one is refused here, with file and line, before anything starts. */
public final class JobFile {

    private static final long LARGEST = 1 << 20;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private JobFile() {}

    /**
     * Reads a job file.
     *
     * @throws Refusal when it is not there or not right
     */
    public static Job read(Path file) {
        if (Files.isDirectory(file)) {
            throw new Refusal(file + " is a folder; give the job file in it, such as " + file.resolve("job.yaml"));
        }
        if (!Files.exists(file)) {
            throw new Refusal("there is no job file " + file);
        }
        byte[] bytes;
        try {
            if (Files.size(file) > LARGEST) {
                throw new Refusal(file + " is larger than 1 MiB, which no job file is; give a YAML job file");
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new Refusal(file + " cannot be read (" + e.getMessage() + ")", e);
        }
        return parse(decode(bytes, file.toString()), file.toString());
    }

    /**
     * Reads the text of a job file.
     *
     * @param fileName how errors name it
     * @throws Refusal when something is not right
     */
    public static Job parse(String text, String fileName) {
        String yaml = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        return Job.of(text, YamlText.read(yaml, fileName));
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
