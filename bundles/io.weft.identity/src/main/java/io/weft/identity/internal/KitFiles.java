package io.weft.identity.internal;

import io.weft.identity.Identity;
import io.weft.identity.Kind;
import io.weft.identity.Participant;
import io.weft.identity.Project;
import io.weft.identity.ServerAddress;
import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.Tree;
import io.weft.job.form.ValueType.Section;
import io.weft.job.form.ValueType.Span;
import io.weft.job.form.ValueType.Text;
import io.weft.job.form.ValueType.Whole;
import io.weft.job.form.YamlFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The names of a kit's files, and what its {@code kit.yaml} says. */
public final class KitFiles {

    public static final String SETTINGS = "kit.yaml";
    public static final String CERTIFICATE = "certificate.pem";
    public static final String KEY = "key.pem";
    public static final String AUTHORITY = "ca.pem";
    public static final String REVOKED = "revoked.pem";
    public static final String REQUEST = "request.pem";

    private static final YamlFile KIND =
            new YamlFile("kit.yaml", "kit", "project: three-clinics", Optional.of("project and server"));

    private static final Form FORM = Form.of(
            Key.required("project", Text.NAME, "The project."),
            Key.required(
                    "server",
                    new Section(
                            Form.of(
                                    Key.required("host", Text.ANY, "Where the server is reached."),
                                    Key.required("port", new Whole(1, 65535), "Its port.")),
                            Optional.empty()),
                    "The project's server."),
            Key.preset("warning", new Span(), "30d", "How long before its end the certificate is warned of."),
            Key.optional("sites", ProjectKeys.SITES, "none", "At the server: the sites of the project."));

    private KitFiles() {}

    /**
     * What {@code kit.yaml} says.
     *
     * @param sites by name, with their organisations; empty but at a server
     */
    public record Settings(String project, ServerAddress server, Duration warning, SortedMap<String, String> sites) {

        /**
         * Reads a kit's settings.
         *
         * @throws io.weft.api.plugin.Refusal with file and line when it is not right
         */
        public static Settings read(Path file) {
            Tree.Mapping root = KIND.read(file);
            Map<String, Object> values = FORM.read("", root);
            Map<?, ?> server = (Map<?, ?>) values.get("server");
            return new Settings(
                    (String) values.get("project"),
                    new ServerAddress((String) server.get("host"), (Integer) server.get("port")),
                    Span.of((String) values.get("warning")),
                    sites(root));
        }

        private static SortedMap<String, String> sites(Tree.Mapping root) {
            SortedMap<String, String> sites = new TreeMap<>();
            for (Tree.Mapping site : root.get("sites")
                    .map(tree -> ProjectKeys.SITES.mappings("sites", tree))
                    .orElse(List.of())) {
                Map<String, Object> values = ProjectKeys.SITES.item().form().read("sites", site);
                sites.put((String) values.get("name"), (String) values.get("organisation"));
            }
            return sites;
        }
    }

    /** The text of a participant's {@code kit.yaml}. */
    static byte[] settings(Project project, Identity of) {
        String place = of.kind() == Kind.ADMIN
                ? "Name it with --kit, or run commands in the folder that holds it as kit/: weft jobs."
                : "Lay it into the home of the " + of.kind().word()
                        + " as kit/, then: weft check --home DIR, weft start --home DIR.";
        String text = "# The startup kit of " + of + ". Keep key.pem to yourself.\n# " + place + "\nproject: "
                + project.name() + "\nserver: {host: '" + project.server().host() + "', port: "
                + project.server().port() + "}\nwarning: "
                + Math.max(1, project.validity().warning().toSeconds()) + "s\n"
                + (of.kind() == Kind.SERVER ? sites(project) : "");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A server waits for those that a job needs, also when it has never seen them. */
    private static String sites(Project project) {
        return project.participants().stream()
                .map(Participant::identity)
                .filter(participant -> participant.kind() == Kind.SITE)
                .map(site -> "  - {name: '" + site.name() + "', organisation: '"
                        + site.organisation().replace("'", "''") + "'}\n")
                .collect(Collectors.collectingAndThen(
                        Collectors.joining(), lines -> lines.isEmpty() ? "" : "sites:\n" + lines));
    }
}
