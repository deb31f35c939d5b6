package io.weft.launch.internal;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Logback's set-up: a file in {@code <home>/data/log}, never the console, which belongs to commands. A {@code conf/logback.xml} in
 * the home replaces it.
 *
 * <p>It is code because reading XML would cost a tenth of the start.
 */
public final class Logging extends ContextAwareBase implements Configurator {

    private static final String MESSAGE = "%replace(%msg){'[\\x00-\\x1f\\x7f\\x85\\u2028\\u2029]+', ' '}";

    private static final String FILE = "weft.log.file";
    private static final int KEPT_FILES = 5;

    /** Made by Logback through {@code META-INF/services}. */
    public Logging() {}

    /** Says where to log; to be called before anything logs. */
    static void to(Path file, Home home) {
        System.setProperty(FILE, file.toString());
        Path own = home.conf().resolve("logback.xml");
        if (Files.isRegularFile(own)) {
            System.setProperty("logback.configurationFile", own.toString());
        }
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        String file = System.getProperty(FILE);
        if (file == null || System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context);
        appender.setName("file");
        appender.setFile(file);

        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        // The process id tells the lines of processes that share a home apart. What others chose, such as a name that a
        // stranger
        // gives, begins no line of its own.
        encoder.setPattern("%d{yyyy-MM-dd HH:mm:ss.SSS} "
                + ProcessHandle.current().pid() + " %-5level [%thread] %logger{36} - " + MESSAGE + "%n");
        encoder.start();
        appender.setEncoder(encoder);

        FixedWindowRollingPolicy names = new FixedWindowRollingPolicy();
        names.setContext(context);
        names.setParent(appender);
        names.setFileNamePattern(file.replaceAll("[.]log$", "") + ".%i.log");
        names.setMinIndex(1);
        names.setMaxIndex(KEPT_FILES);
        names.start();
        appender.setRollingPolicy(names);

        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(FileSize.valueOf("20MB"));
        size.start();
        appender.setTriggeringPolicy(size);

        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(appender);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
