package io.weft.lm.tuning;

/** Something that a strategy adds to a frozen model. More kinds (input embeddings, keys and values) may join. */
public sealed interface Overlay permits LinearOverlay {}
