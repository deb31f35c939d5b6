package io.weft.identity;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a participant of a project is. */
public enum Kind {
    SERVER,
    SITE,
    ADMIN;

    /** The word that stands for it in files and certificates. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a word stands for; empty when it is none. */
    public static Optional<Kind> of(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
    }
}
