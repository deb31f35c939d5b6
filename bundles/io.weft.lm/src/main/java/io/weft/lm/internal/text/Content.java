package io.weft.lm.internal.text;

import io.weft.lm.DatasetDescription.Rendered;
import io.weft.lm.internal.text.Labelling.Labelled;
import java.util.Optional;

/** What a record says, before it is tokens. */
sealed interface Content {

    Labelled label(Labelling by) throws MalformedLine;

    Rendered rendered();

    /** A text of which everything is learned. */
    record Passage(String text) implements Content {

        @Override
        public Labelled label(Labelling by) throws MalformedLine {
            return by.passage(text);
        }

        @Override
        public Rendered rendered() {
            return new Rendered(Optional.empty(), text);
        }
    }

    /** A prompt, and the completion that is learned. */
    record Pair(String prompt, String completion) implements Content {

        @Override
        public Labelled label(Labelling by) throws MalformedLine {
            return by.pair(prompt, completion);
        }

        @Override
        public Rendered rendered() {
            return new Rendered(Optional.of(prompt), completion);
        }
    }
}
