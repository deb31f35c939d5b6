package io.weft.server.internal;

import java.util.Comparator;

/**
 * Something that is wrong with a job's log.
 *
 * @param line where; of several lines the first
 */
record LogFinding(long line, String words) {

    /** As one reads the log. */
    static final Comparator<LogFinding> IN_ORDER = Comparator.comparingLong(LogFinding::line);

    static LogFinding changed(long line) {
        return of(line, "line " + line + " is not as it was written");
    }

    static LogFinding missing(long first, long last) {
        return of(
                first,
                first == last
                        ? "line " + first + " is missing"
                        : "the lines " + first + " to " + last + " are missing");
    }

    static LogFinding of(long line, String words) {
        return new LogFinding(line, "events.jsonl: " + words);
    }
}
