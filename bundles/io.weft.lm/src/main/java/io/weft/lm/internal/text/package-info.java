/** From text files to what a model computes: tokens, records, labels, the records of each step, packs without padding. */
package io.weft.lm.internal.text;
