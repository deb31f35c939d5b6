package io.weft.server.internal;

import io.weft.server.JobEvent;
import io.weft.server.JobState;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Where a job stands: in {@code state.json}, as events, and for who watches. Told by the job's own thread and by its sites'. */
final class Standing {

    /** The event that a job is in another state. */
    static final String EVENT = "state";

    private static final String SERVER = "";

    private final String job;
    private final JobFolder folder;
    private final Journal journal;
    private final EventLog events;
    private final Map<String, String> waiting = new LinkedHashMap<>();
    private JobState state = JobState.SUBMITTED;
    private int rounds;

    Standing(String job, JobFolder folder, Journal journal, EventLog events) {
        this.job = job;
        this.folder = folder;
        this.journal = journal;
        this.events = events;
    }

    /** The job begins, or waits. */
    synchronized void enter(JobState next, Optional<String> reason) throws IOException {
        waiting.clear();
        change(next, reason, new TreeMap<>());
    }

    /**
     * The job ends; {@code state.json} then says with which line its log does, so that none can be missing there.
     *
     * @param files the last that were written, with the SHA-256 of each
     */
    synchronized void end(JobState next, Optional<String> reason, SortedMap<String, String> files) throws IOException {
        waiting.clear();
        change(next, reason, files);
        write(next, reason, events.end());
    }

    /** So many rounds are finished. */
    synchronized void finished(int round) throws IOException {
        rounds = round;
        write(state, reason());
    }

    /** So many rounds were finished before. */
    synchronized void resumed(int round) {
        rounds = round;
    }

    /** The server waits for something. */
    void waits(String reason) throws IOException {
        waits(SERVER, reason);
    }

    /** The server goes on. */
    void goesOn() throws IOException {
        goesOn(SERVER);
    }

    /** A site waits for something; while several wait, the first one's reason is the job's. */
    synchronized void waits(String site, String reason) throws IOException {
        if (!state.ended()) {
            Optional<String> before = reason();
            waiting.put(site, site.equals(SERVER) ? reason : "site '" + site + "': " + reason);
            if (!reason().equals(before)) {
                change(JobState.WAITING, reason(), new TreeMap<>());
            }
        }
    }

    /** A site goes on. */
    synchronized void goesOn(String site) throws IOException {
        if (waiting.remove(site) == null) {
            return;
        }
        if (waiting.isEmpty()) {
            change(JobState.RUNNING, Optional.empty(), new TreeMap<>());
        } else {
            write(state, reason());
        }
    }

    private Optional<String> reason() {
        return waiting.values().stream().findFirst();
    }

    private void change(JobState next, Optional<String> reason, SortedMap<String, String> files) throws IOException {
        state = next;
        write(next, reason);
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("state", next.name());
        reason.ifPresent(why -> details.put("reason", why));
        if (!files.isEmpty()) {
            details.put(LogEntry.FILES, files);
        }
        events.append(EVENT, details);
        journal.tell(new JobEvent.StateChanged(next, reason));
    }

    private void write(JobState now, Optional<String> reason) throws IOException {
        write(now, reason, Map.of());
    }

    private void write(JobState now, Optional<String> reason, Map<String, ?> end) throws IOException {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("version", JobFolder.STATE_VERSION);
        text.put("job", job);
        text.put("state", now.name());
        text.put("round", rounds);
        reason.ifPresent(why -> text.put("reason", why));
        text.putAll(end);
        JobFolder.write(folder.state(), text);
    }
}
