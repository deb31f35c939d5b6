package io.weft.api.plugin;

/** A plugin that another plugin works with, and the job as that plugin sees it (its own options). */
public record Partner<P extends Plugin>(P plugin, JobContext job) {}
