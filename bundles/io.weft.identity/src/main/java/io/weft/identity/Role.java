package io.weft.identity;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What an admin is in a project; {@link Rights} says what each may do. */
public enum Role {
    PROJECT_ADMIN,
    ORG_ADMIN,
    LEAD,
    MEMBER;

    /** The word that stands for it in files and certificates, such as {@code project_admin}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What a word stands for; empty when it is none. */
    public static Optional<Role> of(String word) {
        return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
    }

    /** The words of all roles. */
    public static List<String> words() {
        return Arrays.stream(values()).map(Role::word).toList();
    }
}
