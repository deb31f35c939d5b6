package io.weft.lm.internal.text;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;

/** What is said about a text or its JSON in one line. */
final class Text {

    private Text() {}

    static String oneLine(Exception broken) {
        if (broken instanceof JsonProcessingException json) {
            JsonLocation location = json.getLocation();
            String where = location == null ? "" : " at column " + location.getColumnNr();
            return json.getOriginalMessage().lines().findFirst().orElse("unreadable") + where;
        }
        return String.valueOf(broken.getMessage()).lines().findFirst().orElse("unreadable");
    }
}
