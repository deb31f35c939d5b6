package io.weft.identity;

import io.weft.api.plugin.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What each role may do in a project. The server asks for every command of an admin. */
public final class Rights {

    private Rights() {}

    /** For what a role has a right. */
    public static Scope scope(Role role, Right right) {
        return switch (role) {
            case PROJECT_ADMIN -> Scope.ANY;
            case ORG_ADMIN ->
                switch (right) {
                    case VIEW -> Scope.ANY;
                    case MANAGE_JOB, DOWNLOAD_JOB, OPERATE, SHELL_COMMANDS -> Scope.OWN_ORGANISATION;
                    case SUBMIT_JOB, CLONE_JOB, CUSTOM_CODE -> Scope.NONE;
                };
            case LEAD ->
                switch (right) {
                    case SUBMIT_JOB, VIEW, CUSTOM_CODE -> Scope.ANY;
                    case CLONE_JOB, MANAGE_JOB, DOWNLOAD_JOB -> Scope.OWN;
                    case OPERATE, SHELL_COMMANDS -> Scope.OWN_ORGANISATION;
                };
            case MEMBER ->
                switch (right) {
                    case VIEW -> Scope.ANY;
                    case SUBMIT_JOB, CLONE_JOB, MANAGE_JOB, DOWNLOAD_JOB, OPERATE, SHELL_COMMANDS, CUSTOM_CODE ->
                        Scope.NONE;
                };
        };
    }

    /**
     * Passes when somebody may do something.
     *
     * @throws Refusal that says who may, when not
     */
    public static void check(Identity who, Right right, Target target) {
        Role role =
                who.role().orElseThrow(() -> new Refusal(who + " is no admin, and only an admin may " + right.deed()));
        Scope scope = scope(role, right);
        if (!covers(scope, who, target)) {
            throw new Refusal(who + " may " + (scope == Scope.NONE ? "not " : "") + right.deed() + limit(scope, target)
                    + "; " + whoMay(right));
        }
    }

    private static boolean covers(Scope scope, Identity who, Target target) {
        return switch (scope) {
            case ANY -> true;
            case NONE -> false;
            case OWN_ORGANISATION -> organisation(target).equals(Optional.of(who.organisation()));
            case OWN ->
                target instanceof Target.OfJob job && job.submitter().name().equals(who.name());
        };
    }

    private static Optional<String> organisation(Target target) {
        if (target instanceof Target.OfJob job) {
            return Optional.of(job.submitter().organisation());
        }
        return target instanceof Target.OfSite site ? Optional.of(site.site().organisation()) : Optional.empty();
    }

    private static String limit(Scope scope, Target target) {
        if (scope == Scope.NONE) {
            return "";
        }
        String only = scope == Scope.OWN ? ", only their own" : ", only those of their organisation";
        if (target instanceof Target.OfJob job) {
            return only + ", and '" + job.id() + "' was submitted by " + job.submitter();
        }
        return target instanceof Target.OfSite site ? only + ", and this is " + site.site() : only;
    }

    private static String whoMay(Right right) {
        List<String> roles = new ArrayList<>();
        for (Role role : Role.values()) {
            Scope scope = scope(role, right);
            if (scope != Scope.NONE) {
                roles.add(role.word() + " (" + scope.words() + ")");
            }
        }
        return right.word() + " is a right of " + String.join(", ", roles);
    }

    /** The table of rights in Markdown. */
    public static String table() {
        var table = new StringBuilder("| right | lets an admin |");
        for (Role role : Role.values()) {
            table.append(" ").append(role.word()).append(" |");
        }
        table.append("\n|---|---|").append("---|".repeat(Role.values().length)).append("\n");
        for (Right right : Right.values()) {
            table.append("| `")
                    .append(right.word())
                    .append("` | ")
                    .append(right.deed())
                    .append(" |");
            for (Role role : Role.values()) {
                table.append(" ").append(scope(role, right).words()).append(" |");
            }
            table.append("\n");
        }
        return table.toString();
    }
}
