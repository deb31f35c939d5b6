package io.weft.job;

/** The optimizer with its constants. */
public sealed interface OptimizerSettings {

    /** The decoupled weight decay of a step, as a share of the learning rate. */
    double weightDecay();

    /** <a href="https://arxiv.org/abs/1711.05101">AdamW</a>: Adam with decoupled weight decay. */
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements OptimizerSettings {}

    /** Stochastic gradient descent without momentum. */
    record Sgd(double weightDecay) implements OptimizerSettings {}
}
