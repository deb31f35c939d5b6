package io.weft.tracking.mlflow.internal;

import io.weft.api.plugin.Option;

/** The options of the tracker {@code mlflow}. */
public @interface MlflowOptions {

    @Option(
            "The address of the tracking server, such as http://localhost:5000; empty for what MLFLOW_TRACKING_URI says where the job runs.")
    String uri() default "";

    @Option("The experiment that the job's runs belong to; made when it is not there.")
    String experiment() default "weft";
}
