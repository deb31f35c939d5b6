package io.weft.launch.internal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Sends what the framework and Declarative Services report to the same log as everything else. */
final class LogForwarder extends ServiceTracker<LogReaderService, LogReaderService> implements LogListener {

    LogForwarder(BundleContext context) {
        super(context, LogReaderService.class, null);
    }

    @Override
    public LogReaderService addingService(ServiceReference<LogReaderService> reference) {
        LogReaderService reader = context.getService(reference);
        List<LogEntry> early = new ArrayList<>(Collections.list(reader.getLog()));
        Collections.reverse(early);
        early.forEach(this::logged);
        reader.addLogListener(this);
        return reader;
    }

    @Override
    public void removedService(ServiceReference<LogReaderService> reference, LogReaderService reader) {
        reader.removeLogListener(this);
        context.ungetService(reference);
    }

    @Override
    public void logged(LogEntry entry) {
        if (entry.getBundle() == null || entry.getLoggerName().startsWith("Events.")) {
            return;
        }
        LoggerFactory.getLogger("osgi." + entry.getBundle().getSymbolicName())
                .atLevel(level(entry))
                .setCause(entry.getException())
                .log(entry.getMessage());
    }

    private static Level level(LogEntry entry) {
        return switch (entry.getLogLevel()) {
            case AUDIT, INFO -> Level.INFO;
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case DEBUG -> Level.DEBUG;
            case TRACE -> Level.TRACE;
        };
    }
}
