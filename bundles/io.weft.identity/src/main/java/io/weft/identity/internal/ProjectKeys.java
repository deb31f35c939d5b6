package io.weft.identity.internal;

import io.weft.identity.Role;
import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType.Flag;
import io.weft.job.form.ValueType.Section;
import io.weft.job.form.ValueType.Sections;
import io.weft.job.form.ValueType.Span;
import io.weft.job.form.ValueType.Text;
import io.weft.job.form.ValueType.TextsOf;
import io.weft.job.form.ValueType.Whole;
import io.weft.job.form.ValueType.Word;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every key of a project file. */
public final class ProjectKeys {

    /** The server's name, and the name of its kit's folder. */
    public static final String SERVER_NAME = "server";

    /** The folder of the project's own key, beside the kits. */
    public static final String AUTHORITY = "authority";

    /** Names of folders that no site or admin may have. */
    public static final List<String> RESERVED = List.of(SERVER_NAME, AUTHORITY);

    private static final Text ORGANISATION = new Text(
            "a name of up to 64 letters, digits, spaces and any of . & ' _ -, beginning with a letter or a digit",
            Pattern.compile("[\\p{L}\\p{Nd}](?:[\\p{L}\\p{Nd} .&'_-]{0,62}[\\p{L}\\p{Nd}.])?"));

    /** An e-mail address is a name as any other. */
    private static final Text ADMIN_NAME = new Text(
            "a name or an e-mail address: up to 64 letters, digits, '.', '_', '-', '+' and '@', beginning with a letter or a digit",
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+@-]{0,63}"));

    private static final Text HOST = new Text(
            "the name of a computer (letters, digits, '.' and '-') or an IPv4 or IPv6 address, without a port",
            Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"));

    private static final Key OWN_KEY = Key.preset(
            "ownKey",
            new Flag(),
            false,
            "Whether the participant makes the key (`weft request`) and sends a request, so that the key never leaves their machine.");

    private static final Key ORGANISATION_KEY =
            Key.required("organisation", ORGANISATION, "Whose the participant is; rights and policies speak of it.");

    private static final Section SERVER = new Section(
            Form.of(
                    Key.required("host", HOST, "Where sites and admins reach the server."),
                    Key.preset("port", new Whole(1, 65535), 8443, "The server's one port."),
                    Key.preset(
                            "names",
                            new TextsOf(HOST),
                            List.of(),
                            "Other names and addresses that stand in the server's certificate."),
                    OWN_KEY),
            Optional.empty());

    public static final Sections SITES = new Sections(new Section(
            Form.of(
                    Key.required("name", Text.NAME, "What the site is called, in jobs and in its certificate."),
                    ORGANISATION_KEY,
                    OWN_KEY),
            Optional.empty()));

    public static final Sections ADMINS = new Sections(new Section(
            Form.of(
                    Key.required("name", ADMIN_NAME, "Who it is."),
                    ORGANISATION_KEY,
                    Key.required("role", new Word(Role.words()), "What they may do."),
                    OWN_KEY),
            Optional.empty()));

    /** The whole file. */
    public static final Form PROJECT = Form.of(
            Key.required("name", Text.NAME, "What the project is called; its certificates say it."),
            Key.required("server", SERVER, "The coordinator."),
            Key.optional("sites", SITES, "none", "Who holds data."),
            Key.optional("admins", ADMINS, "none", "Who submits and watches jobs."),
            Key.filled(
                    "validity",
                    new Section(
                            Form.of(
                                    Key.preset(
                                            "authority",
                                            new Span(),
                                            "3650d",
                                            "How long the project's own certificate is valid."),
                                    Key.preset(
                                            "certificates",
                                            new Span(),
                                            "365d",
                                            "How long a participant's certificate is valid."),
                                    Key.preset(
                                            "warning",
                                            new Span(),
                                            "30d",
                                            "How long before its end a certificate is warned of.")),
                            Optional.empty()),
                    "`{authority: 3650d, certificates: 365d, warning: 30d}`",
                    "How long certificates are valid; what changes here counts from the next certificate on."));

    private ProjectKeys() {}
}
