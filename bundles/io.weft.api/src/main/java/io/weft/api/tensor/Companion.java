package io.weft.api.tensor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A small file that lies beside a model's tensors: config.json, tokenizer.json, adapter_config.json. */
public final class Companion {

    private final String path;
    private final byte[] content;

    /**
     * @param path relative to the model's folder, with {@code /}
     */
    public Companion(String path, byte[] content) {
        this.path = path;
        this.content = content.clone();
    }

    public String path() {
        return path;
    }

    public byte[] content() {
        return content.clone();
    }

    /** The content as UTF-8 text. */
    public String text() {
        return new String(content, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Companion that && path.equals(that.path) && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return 31 * path.hashCode() + Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return path + " (" + content.length + " bytes)";
    }
}
