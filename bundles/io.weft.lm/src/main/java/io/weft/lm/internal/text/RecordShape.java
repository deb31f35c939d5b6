package io.weft.lm.internal.text;

import java.util.Set;

/** Which fields a record has and what they say together. */
interface RecordShape {

    /** The fields it reads; others are left alone. */
    Set<String> fields();

    Content read(Fields fields) throws MalformedLine;

    /** How a file's lines are to look, for one that has no record of this shape; begins with a verb. */
    String howToWrite();
}
