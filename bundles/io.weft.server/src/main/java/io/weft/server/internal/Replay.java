package io.weft.server.internal;

import io.weft.api.training.Task;
import io.weft.api.workflow.Done;
import io.weft.api.workflow.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Brings a job to where its last sitting ended, from what that put on record. */
final class Replay {

    private final List<LogEntry> past;
    private final RunHistory history;
    private final Journal journal;
    private final SiteTasks tasks;

    Replay(List<LogEntry> past, RunHistory history, Journal journal, SiteTasks tasks) {
        this.past = List.copyOf(past);
        this.history = history;
        this.journal = journal;
        this.tasks = tasks;
    }

    /** Tells history, journal and tasks all that counts; what the open step came to, short of tasks that were done, is to be done again. */
    void run() throws IOException {
        journal.replay();
        List<LogEntry> open = new ArrayList<>();
        for (LogEntry entry : past) {
            if (entry instanceof LogEntry.Sitting) {
                open.removeIf(undone -> !(undone instanceof LogEntry.Task));
            } else if (entry instanceof LogEntry.Step step) {
                for (LogEntry one : open) {
                    replay(one);
                }
                replay(step, open);
                open.clear();
            } else if (entry instanceof LogEntry.Uncounted uncounted && uncounted.stands()) {
                replay(uncounted);
            } else {
                open.add(entry);
            }
        }
        for (LogEntry one : open) {
            if (one instanceof LogEntry.Task task) {
                replay(task);
                tasks.know(task);
            }
        }
    }

    private void replay(LogEntry entry) throws IOException {
        if (entry instanceof LogEntry.Reported reported) {
            journal.reported(reported.round(), reported.metric(), reported.value());
        } else if (entry instanceof LogEntry.Uncounted uncounted) {
            replay(uncounted);
        } else if (entry instanceof LogEntry.Task task) {
            replay(task);
        }
    }

    private void replay(LogEntry.Uncounted entry) throws IOException {
        if (entry.received().isPresent()) {
            journal.transferred(
                    entry.round(), entry.site(), false, entry.received().get());
        }
        if (entry.late()) {
            journal.late(entry.round(), entry.site(), entry.reason(), entry.values());
        } else {
            journal.failed(entry.round(), entry.site(), entry.reason());
        }
    }

    private void replay(LogEntry.Task task) throws IOException {
        if (task.task().equals(Task.TRAIN)) {
            history.begin(task.round());
        }
        if (!task.task().equals(Task.SUBMIT_MODEL)) {
            journal.transferred(task.round(), task.site(), false, task.received());
        }
        if (task.sent().isPresent()) {
            journal.transferred(task.round(), task.site(), true, task.sent().get());
        }
    }

    private void replay(LogEntry.Step entry, List<LogEntry> open) throws IOException {
        Done done = entry.done();
        if (done.step() instanceof Step.Ask ask) {
            SortedMap<String, Double> seconds = new TreeMap<>();
            for (LogEntry one : open) {
                if (one instanceof LogEntry.Task task) {
                    seconds.put(task.site(), task.seconds());
                }
            }
            history.answered(ask, done.outcomes(), seconds);
        } else if (done.step() instanceof Step.Fold fold && entry.fold().isPresent()) {
            history.folded(fold.round(), history.outcomes(fold), entry.fold().get());
        }
        if (entry.finishing()) {
            history.addMeasured(done);
        } else {
            history.add(done);
        }
    }
}
