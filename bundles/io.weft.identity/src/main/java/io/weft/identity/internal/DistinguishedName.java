package io.weft.identity.internal;

import io.weft.identity.Identity;
import io.weft.identity.Kind;
import io.weft.identity.Role;
import java.security.cert.CertificateException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** An identity as the subject of a certificate. */
public final class DistinguishedName {

    /** X.520's attribute {@code role}. */
    static final String ROLE = "2.5.4.72";

    private static final String AUTHORITY = "authority";
    private static final String ROLE_WORD = "ROLE";
    private static final Set<String> ATTRIBUTES = Set.of("CN", "OU", "O", ROLE_WORD);

    private DistinguishedName() {}

    /** The subject of a participant's certificate. */
    static X500Principal of(Identity identity) {
        String text = "CN=" + Rdn.escapeValue(identity.name())
                + identity.role().map(role -> ",ROLE=" + role.word()).orElse("")
                + ",OU=" + identity.kind().word()
                + ",O=" + Rdn.escapeValue(identity.organisation());
        return new X500Principal(text, Map.of(ROLE_WORD, ROLE));
    }

    /** The subject of a project's own certificate. */
    static X500Principal ofAuthority(String project) {
        return new X500Principal("CN=" + project + ",OU=" + AUTHORITY);
    }

    /** The project of such a subject. */
    static String project(X500Principal authority) throws CertificateException {
        Map<String, String> attributes = attributes(authority);
        if (!AUTHORITY.equals(attributes.get("OU")) || !attributes.containsKey("CN")) {
            throw new CertificateException(
                    "'" + authority + "' is not the authority of a project; Weft's own have CN and OU=" + AUTHORITY);
        }
        return attributes.get("CN");
    }

    /**
     * Reads a subject.
     *
     * @throws CertificateException when it is not of the form that Weft writes
     */
    public static Identity identity(X500Principal subject) throws CertificateException {
        Map<String, String> attributes = attributes(subject);
        Kind kind = Kind.of(given(attributes, "OU", subject)).orElseThrow(() -> foreign(subject));
        String name = given(attributes, "CN", subject);
        String organisation = given(attributes, "O", subject);
        Optional<String> word = Optional.ofNullable(attributes.get(ROLE_WORD));
        Optional<Role> role = word.flatMap(Role::of);
        if (word.isPresent() != role.isPresent() || role.isPresent() != (kind == Kind.ADMIN)) {
            throw foreign(subject);
        }
        return new Identity(kind, name, organisation, role);
    }

    private static Map<String, String> attributes(X500Principal subject) throws CertificateException {
        var attributes = new HashMap<String, String>();
        try {
            String text = subject.getName(X500Principal.RFC2253, Map.of(ROLE, ROLE_WORD));
            for (Rdn part : new LdapName(text).getRdns()) {
                if (part.size() != 1
                        || !ATTRIBUTES.contains(part.getType())
                        || !(part.getValue() instanceof String value)
                        || attributes.put(part.getType(), value) != null) {
                    throw foreign(subject);
                }
            }
        } catch (InvalidNameException e) {
            throw new CertificateException("the subject " + subject + " cannot be read", e);
        }
        return attributes;
    }

    private static String given(Map<String, String> attributes, String type, X500Principal subject)
            throws CertificateException {
        return Optional.ofNullable(attributes.get(type))
                .filter(value -> !value.isBlank())
                .orElseThrow(() -> foreign(subject));
    }

    private static CertificateException foreign(X500Principal subject) {
        return new CertificateException("the certificate of '" + subject
                + "' names no participant; Weft's own have CN, OU and O, and role for an admin");
    }
}
