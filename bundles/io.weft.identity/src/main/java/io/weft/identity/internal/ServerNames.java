package io.weft.identity.internal;

import io.weft.api.plugin.Refusal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.util.IPAddress;

/** The names and addresses that a server's certificate is for. */
final class ServerNames {

    private static final int HOST_NAME = 2;
    private static final int ADDRESS = 7;

    private ServerNames() {}

    /** As the certificate holds them. */
    static GeneralNames general(List<String> names) {
        return new GeneralNames(names.stream()
                .map(name -> new GeneralName(isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }

    /** Those in a certificate. */
    static SortedSet<String> of(X509Certificate server) {
        var names = new TreeSet<String>();
        try {
            Collection<List<?>> all =
                    Optional.ofNullable(server.getSubjectAlternativeNames()).orElse(List.of());
            for (List<?> name : all) {
                if (name.get(0).equals(HOST_NAME) || name.get(0).equals(ADDRESS)) {
                    names.add((String) name.get(1));
                }
            }
        } catch (CertificateParsingException e) {
            throw new Refusal("the server's certificate cannot be read (" + e.getMessage() + ")", e);
        }
        return canonical(names);
    }

    /** The same names, each in the one way that it may be written. */
    static SortedSet<String> canonical(Collection<String> names) {
        var canonical = new TreeSet<String>();
        for (String name : names) {
            canonical.add(isAddress(name) ? address(name) : name);
        }
        return canonical;
    }

    private static boolean isAddress(String name) {
        return IPAddress.isValid(name);
    }

    private static String address(String literal) {
        try {
            return InetAddress.getByName(literal).getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("a literal address is not looked up", e);
        }
    }
}
