package io.weft.client.internal.host;

import io.weft.api.plugin.Option;

/** The options of the trainer {@code process}. */
@interface ProcessOptions {

    /** When a program is started. */
    enum Start {
        /** At the job's first task; it stays over the rounds. */
        JOB,
        /** For each task. */
        TASK,
        /** By somebody else: it joins. */
        ATTACH
    }

    /** What a Python program receives its tensors as. */
    enum Params {
        NUMPY,
        TORCH
    }

    @Option(
            "Whether the program is started once for the job and stays over the rounds, for each task, or by somebody else and attaches itself.")
    Start start() default Start.JOB;

    @Option("What a Python program receives its tensors as.")
    Params params() default Params.NUMPY;

    @Option(value = "How often within a round a program that failed is started again.", min = 0, max = 100)
    int restarts() default 0;

    @Option(
            value =
                    "How long a program may take until it calls init, in seconds; with `start: attach`, how long one is waited for.",
            min = 0.1)
    double startSeconds() default 300;

    @Option(value = "How long a program may give no sign of life before it counts as hanging, in seconds.", min = 0.1)
    double silentSeconds() default 60;

    @Option(value = "How long a program may take for one task, in seconds; 0 sets no limit.", min = 0)
    double taskSeconds() default 0;

    @Option(value = "How long a program may go on when the job is over, in seconds; then it is stopped.", min = 0)
    double stopSeconds() default 30;
}
