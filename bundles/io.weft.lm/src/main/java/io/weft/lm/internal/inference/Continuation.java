package io.weft.lm.internal.inference;

import io.weft.lm.internal.text.Tokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The text of tokens as they are made. A token may hold part of a character, and how one is spelled may depend on its neighbours, so
 * the text of all tokens is taken each time and what is new of it told, once it is whole.
 */
final class Continuation {

    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Consumer<String> out;
    private int[] ids;
    private int told;

    Continuation(Tokenizer tokenizer, int[] prompt, Consumer<String> out) {
        this.tokenizer = tokenizer;
        this.out = out;
        this.ids = prompt.clone();
        this.told = tokenizer.decode(prompt).length();
    }

    void add(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String text = tokenizer.decode(ids);
        if (!text.isEmpty() && text.charAt(text.length() - 1) != INCOMPLETE) {
            tell(text);
        }
    }

    /** Tells what was held back. */
    void finish() {
        tell(tokenizer.decode(ids));
    }

    private void tell(String text) {
        if (text.length() > told) {
            out.accept(text.substring(told));
            told = text.length();
        }
    }
}
