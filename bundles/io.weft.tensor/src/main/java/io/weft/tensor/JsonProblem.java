package io.weft.tensor;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.weft.api.plugin.Refusal;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says what is wrong with JSON for the person who has the file, not for the one who wrote the parser. */
public final class JsonProblem {

    private static final Pattern DUPLICATE = Pattern.compile("Duplicate field '([^']{1,80})'.*", Pattern.DOTALL);

    private JsonProblem() {}

    /**
     * An error that begins with the file and the line.
     *
     * @param broken what the parser threw
     * @param remedy what to do
     */
    public static Refusal refusal(String file, IOException broken, String remedy) {
        String line = location(broken).map(at -> ":" + at.getLineNr()).orElse("");
        return new Refusal(file + line + ": " + words(broken) + "; " + remedy, broken);
    }

    /** What is wrong, without file and line, such as {@code is not valid JSON at column 12}. */
    public static String words(IOException broken) {
        if (broken instanceof JsonEOFException) {
            return "is not valid JSON: it ends in the middle";
        }
        if (broken instanceof StreamConstraintsException) {
            return "is not read: its values are nested deeper, or a name, text or number is longer, than any such file's";
        }
        if (!(broken instanceof JsonProcessingException json)) {
            return "cannot be read (" + broken + ")";
        }
        Matcher duplicate = DUPLICATE.matcher(json.getOriginalMessage());
        if (duplicate.matches()) {
            return "is not valid JSON: it has the key '" + duplicate.group(1).replaceAll("\\p{Cntrl}", "?") + "' twice";
        }
        return "is not valid JSON"
                + location(broken).map(at -> " at column " + at.getColumnNr()).orElse("");
    }

    private static Optional<JsonLocation> location(IOException broken) {
        return broken instanceof JsonProcessingException json
                ? Optional.ofNullable(json.getLocation()).filter(at -> at.getLineNr() > 0)
                : Optional.empty();
    }
}
