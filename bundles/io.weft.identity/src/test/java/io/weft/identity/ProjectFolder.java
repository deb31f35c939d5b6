package io.weft.identity;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A project with its kits in a folder, at a time that stands still. */
record ProjectFolder(Path out, String text, Clock clock) {

    static final String CLINICS = """
            name: three-clinics
            server: {host: localhost, port: 8443, names: [127.0.0.1, "::1"]}
            sites:
            - {name: site-1, organisation: north}
            - {name: site-2, organisation: south}
            admins: [{name: lead@example.org, organisation: north, role: lead}]
            """;

    static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

    static ProjectFolder in(Path folder) {
        return new ProjectFolder(folder.resolve("kits"), CLINICS, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    /** The same folder with another project file. */
    ProjectFolder saying(String other) {
        return new ProjectFolder(out, other, clock);
    }

    ProjectFolder at(Instant other) {
        return new ProjectFolder(out, text, Clock.fixed(other, ZoneOffset.UTC));
    }

    Map<String, Standing.State> provision() throws IOException {
        return provision(new Wish.Nothing());
    }

    Map<String, Standing.State> provision(Wish wish) throws IOException {
        return standings(wish).stream()
                .collect(Collectors.toMap(standing -> standing.identity().name(), Standing::state));
    }

    List<Standing> standings(Wish wish) throws IOException {
        return Provisioning.run(ProjectFile.parse(text, "project.yaml"), out, wish, clock);
    }

    Path folder(String name) {
        return out.resolve(name);
    }

    Kit kit(String name) throws IOException {
        return Kit.open(folder(name), clock);
    }
}
