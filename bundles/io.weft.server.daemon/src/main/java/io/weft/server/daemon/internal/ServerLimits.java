package io.weft.server.daemon.internal;

import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server may take of its machine: {@code conf/resources.yaml}, which may be absent.
 *
 * @param jobs how many run at a time
 */
record ServerLimits(int jobs) {

    private static final int USUAL_JOBS = 4;
    private static final Pattern LINE = Pattern.compile("jobs:\\s*([1-9][0-9]{0,3})\\s*(#.*)?");

    /**
     * Reads a home's limits.
     *
     * @throws Refusal with file and line when a line is not right
     */
    static ServerLimits of(Path home) throws IOException {
        Path file = home.resolve("conf").resolve("resources.yaml");
        int jobs = USUAL_JOBS;
        if (Files.exists(file)) {
            int number = 0;
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                number++;
                Matcher matcher = LINE.matcher(line.strip());
                if (matcher.matches()) {
                    jobs = Integer.parseInt(matcher.group(1));
                } else if (!line.isBlank() && !line.strip().startsWith("#")) {
                    throw new Refusal(file + ":" + number + ": '" + line.strip()
                            + "' is not known; allowed: 'jobs: N', how many jobs run at a time, from 1 to 9999");
                }
            }
        }
        return new ServerLimits(jobs);
    }
}
