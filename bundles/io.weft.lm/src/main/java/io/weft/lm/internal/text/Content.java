package io.weft.lm.internal.text;

import io.weft.lm.internal.text.Labelling.Labelled;

/** What a record says, before it is tokens. */
sealed interface Content {

    Labelled label(Labelling by) throws MalformedLine;

    /** A text of which everything is learned. */
    record Passage(String text) implements Content {

        @Override
        public Labelled label(Labelling by) throws MalformedLine {
            return by.passage(text);
        }
    }

    /** A prompt, and the completion that is learned. */
    record Pair(String prompt, String completion) implements Content {

        @Override
        public Labelled label(Labelling by) throws MalformedLine {
            return by.pair(prompt, completion);
        }
    }
}
