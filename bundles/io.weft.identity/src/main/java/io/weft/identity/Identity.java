package io.weft.identity;

import io.weft.identity.internal.DistinguishedName;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * Who a certificate stands for. Its subject says it all: the common name ({@code CN}) is the name, the organisational unit ({@code OU})
 * the kind, the organisation ({@code O}) the organisation, and for an admin the attribute {@code role} (2.5.4.72 of <a
 * href="https://www.itu.int/rec/T-REC-X.520">X.520</a>) the role.
 *
 * @param role an admin's; empty for a server and a site
 */
public record Identity(Kind kind, String name, String organisation, Optional<Role> role) {

    public Identity {
        if ((kind == Kind.ADMIN) != role.isPresent()) {
            throw new IllegalArgumentException("an admin, and nobody else, has a role: " + name);
        }
    }

    public static Identity server(String name, String organisation) {
        return new Identity(Kind.SERVER, name, organisation, Optional.empty());
    }

    public static Identity site(String name, String organisation) {
        return new Identity(Kind.SITE, name, organisation, Optional.empty());
    }

    public static Identity admin(String name, String organisation, Role role) {
        return new Identity(Kind.ADMIN, name, organisation, Optional.of(role));
    }

    /**
     * Who a certificate stands for, whoever signed it.
     *
     * @throws CertificateException when its subject is not of the form that Weft writes
     */
    public static Identity of(X509Certificate certificate) throws CertificateException {
        return DistinguishedName.identity(certificate.getSubjectX500Principal());
    }

    /** As a message names it: {@code site 'site-1' of north}, {@code admin 'lead@example.org' of north (lead)}. */
    @Override
    public String toString() {
        return kind.word() + " '" + name + "' of " + organisation
                + role.map(word -> " (" + word.word() + ")").orElse("");
    }
}
