package io.weft.identity;

import io.weft.identity.internal.ProjectKeys;
import io.weft.job.Reference;
import io.weft.job.form.Place;
import io.weft.job.form.Tree;
import io.weft.job.form.ValueType;
import io.weft.job.form.YamlFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads project files. What is wrong with one is refused here, with file and line. */
public final class ProjectFile {

    private static final YamlFile KIND = new YamlFile(
            "project file", "project", "name: three-clinics", Optional.of("name, server, sites and admins"));

    private ProjectFile() {}

    /**
     * Reads a project file.
     *
     * @throws io.weft.api.plugin.Refusal when it is not there or not right
     */
    public static Project read(Path file) {
        return of(KIND.read(file));
    }

    /**
     * Reads the text of a project file.
     *
     * @param fileName how errors name it
     * @throws io.weft.api.plugin.Refusal when something is not right
     */
    public static Project parse(String text, String fileName) {
        return of(KIND.parse(text, fileName));
    }

    /** The reference of a project file's keys: a Markdown table for every section, by the section's path. */
    public static Map<String, String> tables() {
        return Reference.tables(ProjectKeys.PROJECT);
    }

    private static Project of(Tree.Mapping root) {
        Map<String, Object> values = ProjectKeys.PROJECT.read("", root);
        String name = (String) values.get("name");
        Map<?, ?> server = (Map<?, ?>) values.get("server");
        String host = (String) server.get("host");
        var names = new ArrayList<String>(List.of(host));
        for (Object other : (List<?>) server.get("names")) {
            if (!names.contains((String) other)) {
                names.add((String) other);
            }
        }
        var participants = new ArrayList<Participant>();
        participants.add(new Participant(
                Identity.server(ProjectKeys.SERVER_NAME, name),
                (Boolean) server.get("ownKey"),
                root.placeOf("server")));
        participants.addAll(participants(
                root,
                "sites",
                ProjectKeys.SITES,
                site -> Identity.site((String) site.get("name"), (String) site.get("organisation"))));
        participants.addAll(participants(
                root,
                "admins",
                ProjectKeys.ADMINS,
                admin -> Identity.admin(
                        (String) admin.get("name"),
                        (String) admin.get("organisation"),
                        Role.of((String) admin.get("role")).orElseThrow())));
        refuseSharedNames(participants);
        Validity validity = validity(root, (Map<?, ?>) values.get("validity"));
        return new Project(name, new ServerAddress(host, (Integer) server.get("port")), names, validity, participants);
    }

    private static List<Participant> participants(
            Tree.Mapping root, String key, ValueType.Sections type, Function<Map<String, Object>, Identity> identity) {
        var participants = new ArrayList<Participant>();
        for (Tree.Mapping mapping :
                root.get(key).map(tree -> type.mappings(key, tree)).orElse(List.of())) {
            Map<String, Object> values = type.item().form().read(key, mapping);
            participants.add(
                    new Participant(identity.apply(values), (Boolean) values.get("ownKey"), mapping.placeOf("name")));
        }
        return participants;
    }

    /** A name is a folder's, and some file systems do not tell upper from lower case. */
    private static void refuseSharedNames(List<Participant> participants) {
        var places = new HashMap<String, Place>();
        for (Participant participant : participants) {
            String folder = participant.name().toLowerCase(Locale.ROOT);
            boolean reserved = participant.identity().kind() != Kind.SERVER && ProjectKeys.RESERVED.contains(folder);
            if (reserved) {
                throw participant
                        .place()
                        .refuse("the name '" + participant.name() + "' is kept for a folder of the project's own ("
                                + String.join(", ", ProjectKeys.RESERVED) + "); choose another");
            }
            Place earlier = places.put(folder, participant.place());
            if (earlier != null) {
                throw participant
                        .place()
                        .refuse("the name '" + participant.name() + "' is already given in line " + earlier.line()
                                + "; every participant has a name of their own");
            }
        }
    }

    private static Validity validity(Tree.Mapping root, Map<?, ?> values) {
        Duration authority = span(values, "authority");
        Duration certificates = span(values, "certificates");
        Duration warning = span(values, "warning");
        Place place = root.get("validity").map(Tree::place).orElse(root.place());
        if (certificates.compareTo(authority) > 0) {
            throw place.refuse("validity.certificates is " + values.get("certificates") + ", longer than the "
                    + values.get("authority")
                    + " of validity.authority; no certificate outlives the one that signs it");
        }
        if (warning.compareTo(certificates) >= 0) {
            throw place.refuse("validity.warning is " + values.get("warning")
                    + ", which begins before a certificate of " + values.get("certificates")
                    + " is made; give less than validity.certificates");
        }
        return new Validity(authority, certificates, warning);
    }

    private static Duration span(Map<?, ?> values, String key) {
        return ValueType.Span.of((String) values.get(key));
    }
}
