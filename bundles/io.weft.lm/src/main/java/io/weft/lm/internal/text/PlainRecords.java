package io.weft.lm.internal.text;

import java.util.Set;

/** Records without a template: {@code text}, or {@code prompt} and {@code completion}. */
final class PlainRecords implements RecordShape {

    private static final String TEXT = "text";
    private static final String PROMPT = "prompt";
    private static final String COMPLETION = "completion";

    @Override
    public Set<String> fields() {
        return Set.of(TEXT, PROMPT, COMPLETION);
    }

    @Override
    public String howToWrite() {
        return "write one JSON object a line, in UTF-8, with \"text\", or with \"prompt\" and \"completion\"";
    }

    @Override
    public Content read(Fields fields) throws MalformedLine {
        boolean pair = fields.has(PROMPT) || fields.has(COMPLETION);
        if (pair && fields.has(TEXT)) {
            throw new MalformedLine("both \"text\" and a prompt or completion; a record has one or the other");
        }
        if (pair) {
            return new Content.Pair(fields.text(PROMPT), fields.someText(COMPLETION));
        }
        if (fields.has(TEXT)) {
            return new Content.Passage(fields.someText(TEXT));
        }
        throw new MalformedLine("a record has \"text\", or \"prompt\" and \"completion\" (found " + fields.described()
                + "); for other fields name a template: " + Templates.names());
    }
}
