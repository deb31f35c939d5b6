package io.weft.server.status.internal;

import io.weft.job.form.Form;
import io.weft.job.form.Key;
import io.weft.job.form.ValueType.Flag;
import io.weft.job.form.ValueType.Whole;
import io.weft.job.form.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Whether and where a home's status page is served: {@code conf/status-page.yaml}, which may be absent.
 *
 * @param serve whether there is a page
 * @param port 0 for any that is free
 */
record PageSettings(boolean serve, int port) {

    static final String FILE = "status-page.yaml";

    private static final int LAST_PORT = 65535;

    private static final YamlFile KIND =
            new YamlFile("file of settings of the status page", "status page", "port: 8444", Optional.empty());

    static final Form FORM = Form.of(
            Key.preset("serve", new Flag(), true, "Whether the page is served."),
            Key.optional(
                    "port",
                    new Whole(0, LAST_PORT),
                    "the server's port and 1 more",
                    "The port of the page; 0 takes any that is free."));

    /**
     * Reads a home's settings.
     *
     * @param serverPort the server's own port
     * @throws io.weft.api.plugin.Refusal with file and line when something is not right
     */
    static PageSettings of(Path home, int serverPort) {
        Path file = home.resolve("conf").resolve(FILE);
        int usual = serverPort < LAST_PORT ? serverPort + 1 : serverPort - 1;
        if (!Files.exists(file)) {
            return new PageSettings(true, usual);
        }
        Map<String, Object> values = FORM.read("", KIND.read(file));
        return new PageSettings((Boolean) values.get("serve"), (Integer) values.getOrDefault("port", usual));
    }
}
