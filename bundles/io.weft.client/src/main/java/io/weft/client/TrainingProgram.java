package io.weft.client;

import io.weft.api.plugin.Option;
import io.weft.api.plugin.Plugin;
import java.lang.annotation.Annotation;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A program on the Client API that is a plugin: the trainer {@code in-process} runs it in the site's own process, in a thread of its
 * own. Threads that it starts belong to it.
 */
@ConsumerType
public interface TrainingProgram extends Plugin {

    /** The keys of {@code trainer} in a job file for such a program. */
    @interface Settings {

        @Option("The program plugin that trains.")
        String program();

        @Option("What the program is given, word by word.")
        String[] arguments() default {};

        @Option(value = "How often within a round a program that failed is started again.", min = 0, max = 100)
        int restarts() default 0;

        @Option(value = "How long a program may take for one task, in seconds; 0 sets no limit.", min = 0)
        double taskSeconds() default 0;

        @Option(
                value = "How long a program may go on when the job is over, in seconds; then it is interrupted.",
                min = 0)
        double stopSeconds() default 30;
    }

    @Override
    default Class<? extends Annotation> options() {
        return Settings.class;
    }

    /** Trains as a main method does: {@link Weft#init()}, then a task after the other while {@link Weft#isRunning()}. */
    void run(List<String> arguments) throws Exception;
}
