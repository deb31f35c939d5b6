package io.weft.server.status.internal;

import io.weft.identity.Kit;
import io.weft.identity.ProjectFile;
import io.weft.identity.Provisioning;
import io.weft.identity.Wish;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

/** The kits of a project in a folder. */
record ProjectKits(Path out, String project) {

    private static final String TEXT = """
            name: %s
            server: {host: localhost, port: 8443}
            sites: [{name: site-1, organisation: north}]
            admins:
            - {name: member@example.org, organisation: north, role: member}
            - {name: gone@example.org, organisation: north, role: lead}
            - {name: away@example.org, organisation: north, role: lead}
            """;

    /** Makes them. */
    static ProjectKits in(Path folder, String project) throws IOException {
        ProjectKits kits = new ProjectKits(folder, project);
        kits.provision(new Wish.Nothing());
        return kits;
    }

    void provision(Wish wish) throws IOException {
        Provisioning.run(ProjectFile.parse(TEXT.formatted(project), "project.yaml"), out, wish, Clock.systemUTC());
    }

    Kit kit(String name) throws IOException {
        return Kit.open(out.resolve(name));
    }
}
