package io.weft.lm.internal.text;

import io.weft.api.tensor.Companion;
import io.weft.api.tensor.Manifest;
import io.weft.djl.Libtorch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The tokenizers that make_fixtures.py made. */
final class Tokenizers {

    static {
        loadNatives();
    }

    private Tokenizers() {}

    static Tokenizer open(String name) {
        return Tokenizer.from(manifest(file(name, "tokenizer.json"), file(name, "tokenizer_config.json")));
    }

    static Manifest manifest(Companion... companions) {
        return new Manifest("model.safetensors", List.of(), List.of(companions), "");
    }

    static Companion file(String tokenizer, String name) {
        try (InputStream in = Tokenizers.class.getResourceAsStream(tokenizer + "/" + name)) {
            return new Companion(name, in.readAllBytes());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static Companion text(String name, String content) {
        return new Companion(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private static void loadNatives() {
        try {
            Libtorch.load(Path.of(System.getProperty("weft.natives")), 2);
        } catch (IOException missing) {
            throw new UncheckedIOException(missing);
        }
    }
}
