package io.weft.identity;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weft.api.plugin.Refusal;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RightsTest {

    private static final Identity SELF_NORTH = Identity.admin("me", "north", Role.LEAD);
    private static final Identity COLLEAGUE = Identity.admin("colleague", "north", Role.LEAD);
    private static final Identity STRANGER = Identity.admin("stranger", "south", Role.LEAD);

    /** In the words of NVIDIA FLARE's default policy: o is the own organisation, n oneself. */
    @ParameterizedTest
    @CsvSource(
            value = {
                "submit_job,     any,           none,      any,  none",
                "clone_job,      any,           none,      n,    none",
                "manage_job,     any,           o,         n,    none",
                "download_job,   any,           o,         n,    none",
                "view,           any,           any,       any,  any",
                "operate,        any,           o,         o,    none",
                "shell_commands, any,           o,         o,    none",
                "custom_code,    any,           none,      any,  none",
            })
    void everyCell(String word, String projectAdmin, String orgAdmin, String lead, String member) {
        Right right = Right.valueOf(word.toUpperCase(Locale.ROOT));
        Map<Role, String> cells = new EnumMap<>(Map.of(
                Role.PROJECT_ADMIN, projectAdmin, Role.ORG_ADMIN, orgAdmin, Role.LEAD, lead, Role.MEMBER, member));
        for (Role role : Role.values()) {
            Identity me = Identity.admin("me", "north", role);
            String cell = cells.get(role);
            expect(cell.equals("any"), me, right, new Target.Whole());
            expect(!cell.equals("none"), me, right, new Target.OfJob("mine", SELF_NORTH));
            expect(cell.matches("any|o"), me, right, new Target.OfJob("ours", COLLEAGUE));
            expect(cell.equals("any"), me, right, new Target.OfJob("theirs", STRANGER));
            expect(cell.matches("any|o"), me, right, new Target.OfSite(Identity.site("here", "north")));
            expect(cell.equals("any"), me, right, new Target.OfSite(Identity.site("there", "south")));
        }
    }

    private static void expect(boolean allowed, Identity who, Right right, Target target) {
        String what = who + " " + right + " " + target;
        if (allowed) {
            assertDoesNotThrow(() -> Rights.check(who, right, target), what);
        } else {
            assertThrows(Refusal.class, () -> Rights.check(who, right, target), what);
        }
    }

    @Test
    void saysWhoMay() {
        assertEquals(
                "admin 'm' of north (member) may not submit jobs; submit_job is a right of project_admin (any), lead (any)",
                refused(Identity.admin("m", "north", Role.MEMBER), Right.SUBMIT_JOB, new Target.Whole()));
        assertEquals(
                "admin 'me' of north (lead) may stop and delete jobs, only their own, and 'dolly-1' was submitted by admin 'stranger' of"
                        + " south (lead); manage_job is a right of project_admin (any), org_admin (own organisation), lead (own)",
                refused(SELF_NORTH, Right.MANAGE_JOB, new Target.OfJob("dolly-1", STRANGER)));
        assertEquals(
                "admin 'me' of north (lead) may take sites out of the project's jobs and back in, only those of their organisation, and"
                        + " this is site 'there' of south; operate is a right of project_admin (any), org_admin (own organisation),"
                        + " lead (own organisation)",
                refused(SELF_NORTH, Right.OPERATE, new Target.OfSite(Identity.site("there", "south"))));
    }

    @Test
    void onlyAdminsHaveRights() {
        assertEquals(
                "site 'site-1' of north is no admin, and only an admin may see jobs with their logs and records, sites and plugins",
                refused(Identity.site("site-1", "north"), Right.VIEW, new Target.Whole()));
    }

    private static String refused(Identity who, Right right, Target target) {
        return assertThrows(Refusal.class, () -> Rights.check(who, right, target))
                .getMessage();
    }
}
