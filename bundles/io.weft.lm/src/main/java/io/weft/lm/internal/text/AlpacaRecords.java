package io.weft.lm.internal.text;

import java.util.Set;

/**
 * The template {@code alpaca}: {@code instruction}, an {@code input} that may be missing, and {@code output}, in the words of the
 * <a href="https://github.com/tatsu-lab/stanford_alpaca">Stanford Alpaca</a> data set's {@code text} field.
 */
final class AlpacaRecords implements RecordShape {

    private static final String INSTRUCTION = "instruction";
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";

    @Override
    public Set<String> fields() {
        return Set.of(INSTRUCTION, INPUT, OUTPUT);
    }

    @Override
    public String howToWrite() {
        return "for the template alpaca write one JSON object a line, in UTF-8, with \"instruction\" and \"output\", and"
                + " \"input\" where there is one";
    }

    @Override
    public Content read(Fields fields) throws MalformedLine {
        String instruction = fields.someText(INSTRUCTION);
        String input = fields.textOrEmpty(INPUT);
        return new Content.Pair(prompt(instruction, input), fields.someText(OUTPUT));
    }

    private static String prompt(String instruction, String input) {
        String request =
                "Write a response that appropriately completes the request.\n\n### Instruction:\n" + instruction;
        if (input.isEmpty()) {
            return "Below is an instruction that describes a task. " + request + "\n\n### Response:\n";
        }
        return "Below is an instruction that describes a task, paired with an input that provides further context. "
                + request + "\n\n### Input:\n" + input + "\n\n### Response:\n";
    }
}
